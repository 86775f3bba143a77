"""What a model call is: a typed input, a prompt file, a typed output, and the rule-based agent that answers without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741

Tier = Literal["judgment", "balanced", "templated"]


@dataclass(frozen=True)
class Call(Generic[I, O]):
    """One kind of question to a model. Declared once at import; asked through ``llm.gateway.ask`` only."""

    name: str
    """"interviews.note_facts"; its prompt file is ``interviews/prompts/note_facts.md``."""
    version: int
    input: type[I]
    output: type[O]
    offline: Callable[[I], O]
    """The rule-based agent: pure, no Django, no network, same input same output."""
    check: Callable[[I, O], list[str]] | None = None
    """What the output must satisfy beyond its shape: a list of faults in words, empty when it is good. The gateway gives the
    model one repair turn with this list and fails clearly if faults remain. Agents are held to the same check."""
    tier: Tier = "balanced"
    max_tokens: int = 8_000
    deadline_seconds: float = 120.0


_registered: dict[str, Call[Any, Any]] = {}


def register(*calls: Call[Any, Any]) -> None:
    """Make calls known by name, in ``AppConfig.ready()``. Tests and the wire stub enumerate them. Repeating it is harmless."""
    for call in calls:
        known = _registered.get(call.name)
        if known is not None and (known.version, known.input, known.output) != (call.version, call.input, call.output):
            raise ValueError(f"Another call is registered as {call.name!r}.")
        _registered[call.name] = call


def registered() -> list[Call[Any, Any]]:
    """All registered calls by name."""
    return sorted(_registered.values(), key=lambda call: call.name)
