"""What a model call is: a typed input, a prompt file, a typed output, and the rule-based agent that answers without a model."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from pydantic import BaseModel

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741

Tier = Literal["judgement", "balanced", "quick"]


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
    stable: tuple[str, ...] = ()
    """Fields of the input, as dotted paths, that other calls share, in the order in which they are written. The vendor's prompt
    cache reads them at a tenth of the price."""
    late: tuple[str, ...] = ()
    """Fields inside the stable ones that differ though all else is the same, such as a time: written behind what is shared."""
    unsent: tuple[str, ...] = ()
    """Fields of the input that no model needs, as dotted paths through lists: they stay here."""
    fan_out: bool = False
    """Asked several times in one run with the same shared fields: its instructions are shared with them."""
    schema_title: str = ""
    """Calls of one shape that share material share a title, and with it the vendor's cache; by default the name."""
    reviewer: bool = False
    """It judges what other calls wrote: asked of another vendor where that is configured."""
    lighten: Callable[[I], tuple[I, int] | None] | None = None
    """A smaller input for a model that cannot hold this one, and how many passages were dropped; None when nothing may be
    dropped."""


_registered: dict[str, Call[Any, Any]] = {}


def register(*calls: Call[Any, Any]) -> None:
    """Make calls known by name. Those in the ``calls`` room of an app are found without it. Repeating it is harmless."""
    for call in calls:
        known = _registered.get(call.name)
        if known is not None and (known.version, known.input, known.output) != (call.version, call.input, call.output):
            raise ValueError(f"Another call is registered as {call.name!r}.")
        _registered[call.name] = call


def registered() -> list[Call[Any, Any]]:
    """All calls by name: those in the ``calls`` rooms of the installed apps, and those that were registered by hand."""
    register(*_in_rooms())
    return sorted(_registered.values(), key=lambda call: call.name)


@functools.cache
def _in_rooms() -> tuple[Call[Any, Any], ...]:
    """What stands at the top of the modules of every app's ``calls`` room. Imported at the first question, not at start."""
    found: list[Call[Any, Any]] = []
    for config in apps.get_app_configs():
        if config.module is None or not module_has_submodule(config.module, "calls"):
            continue
        room = importlib.import_module(f"{config.name}.calls")
        names = [part.name for part in pkgutil.iter_modules(getattr(room, "__path__", []))]
        for module in (room, *(importlib.import_module(f"{room.__name__}.{name}") for name in names)):
            for value in vars(module).values():
                several = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
                found += [one for one in several if isinstance(one, Call)]
    return tuple(found)
