"""Who calls a tool: the person whose token it is, and the tool that holds it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from accounts.audit import Means
from accounts.models import User, Workspace


@dataclass(frozen=True)
class Caller:
    """The owner of a token, and the tool as the means (N-13)."""

    user: User
    token_id: UUID
    client_id: str
    tool: str
    """The name the tool gave itself; nobody has checked it."""
    means: Means = Means.TOOL

    @cached_property
    def workspace(self) -> Workspace:
        return self.user.workspace


_caller: ContextVar[Caller] = ContextVar("mcp_caller")


def caller() -> Caller:
    """Who called. Raises ``LookupError`` outside a call that the door let in."""
    return _caller.get()


def called_by(who: Caller) -> None:
    """Say who calls, for the rest of this context."""
    _caller.set(who)
