"""What a change reaches: the trace of a package walked away from one record, and back to what it rests on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reached:
    """One record that a change reaches, on the shortest way there."""

    id: str
    type: str
    """answer, source, fact, requirement, test, story, component, adr, section ..., as in ``trace.json``."""
    kind: str
    """The last link on the way: grounds, verified_by, satisfied_by, built_in, used_in ..."""
    via: str
    """The record before it."""
    steps: int


def follows(traced: Mapping[str, Any], start: str) -> list[Reached]:
    """What rests on ``start`` and has to be looked at again when it changes, the nearest first.

    ``traced`` is the content of ``trace/trace.json``.
    """
    return _walk(traced, start, ((link["from"], link["to"], link["kind"]) for link in traced["links"]))


def rests_on(traced: Mapping[str, Any], start: str) -> list[Reached]:
    """What ``start`` comes from, back to the words that were said, the nearest first."""
    return _walk(traced, start, ((link["to"], link["from"], link["kind"]) for link in traced["links"]))


def _walk(traced: Mapping[str, Any], start: str, links: Iterable[tuple[str, str, str]]) -> list[Reached]:
    types = {node["id"]: node["type"] for node in traced["nodes"]}
    ways: dict[str, list[tuple[str, str]]] = {}
    for source, target, kind in links:
        ways.setdefault(source, []).append((target, kind))
    found: list[Reached] = []
    seen, waiting = {start}, deque([(start, 0)])
    while waiting:
        here, steps = waiting.popleft()
        for target, kind in ways.get(here, ()):
            if target not in seen:
                seen.add(target)
                found.append(Reached(target, types.get(target, ""), kind, here, steps + 1))
                waiting.append((target, steps + 1))
    return found
