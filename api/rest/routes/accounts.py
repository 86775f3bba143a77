"""Whose key this is, what was used, and the owner's own limits."""

from __future__ import annotations

from accounts.models import Workspace
from api.nouns import accounts, usage
from api.nouns.accounts import KeyedAccount
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT

routes = Routes("Account and usage")


@routes.operation("GET", "/account", KeyedAccount)
def read_account(request: Asked) -> KeyedAccount:
    """Read whose key this is.

    A first call to see whether a key works.
    """
    return accounts.read_with_key(request.caller, request.caller.key_name)


@routes.operation("GET", "/usage", usage.Usage)
def read_usage(request: Asked) -> usage.Usage:
    """Read what was used and what it cost.

    This month by vendor, model and key, the limits of the month with what is left, and the months before.
    """
    return usage.read(request.caller)


@routes.operation("GET", "/usage/calls", usage.CallPage)
def list_calls(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> usage.CallPage:
    """List single calls to models.

    The newest first. They are kept for 90 days; calls of rule-based agents cost nothing and are not among them.
    """
    return usage.calls(request.caller, limit=limit, cursor=cursor)


@routes.operation("GET", "/usage/limits", usage.Limits)
def read_limits(request: Asked) -> usage.Limits:
    """Read the owner's own limits."""
    return usage.limits(request.caller)


@routes.operation("PUT", "/usage/limits", usage.Limits, takes=(JSON,), errors=(412,), edits=Workspace)
def set_limits(request: Asked, body: usage.NewLimits) -> usage.Limits:
    """Set the owner's own limits.

    Both take the place of the ones before and hold from the next call to a model on. Null or left out is no limit; 0 stops every
    call that costs something.
    """
    return usage.set_limits(request.caller, body)
