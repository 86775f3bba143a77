"""What the gateway and a vendor's adapter say to each other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from llm.errors import OutOfTime, Usage


@dataclass(frozen=True)
class Turn:
    """One message of the conversation after the instructions."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Request:
    """What is sent, already without secrets."""

    call: str
    """Name of the call, for the scripted adapter and for the schema's name. Not personal."""
    model: str
    system: str
    turns: tuple[Turn, ...]
    schema: dict[str, Any]
    """Strict, as ``llm.schemas.strict`` makes it."""
    max_tokens: int
    deadline: float
    """On the clock of ``time.monotonic``."""

    @property
    def schema_name(self) -> str:
        """Letters, digits and underscores, as the vendors ask."""
        return self.call.replace(".", "_")

    def seconds_left(self) -> float:
        """Until the deadline. Raises ``OutOfTime`` when it has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


@dataclass(frozen=True)
class Reply:
    """A whole answer. An adapter returns one only after the vendor's final event."""

    text: str
    """JSON of the asked shape, unchecked."""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    """As the vendor names it."""
    request_id: str = ""


class Adapter(Protocol):
    """A way to a model. One attempt per call; the gateway does the retries."""

    outside: bool
    """True when packets leave the machine."""

    def answer(self, request: Request) -> Reply:
        """The whole answer, or a ``ModelFailed`` that names what went wrong and what was paid."""
