"""Which steps a run has, and which of them wait for which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ground.agents import named, working_in

Lane = Literal["read", "decide", "write", "check"]

DECIDING = tuple(agent.key for agent in working_in("decide"))
"""The steps whose results together are ``generation.rules.content.Parts``."""
REVIEWERS = tuple(agent.key for agent in working_in("check"))

NAMES = {
    "README.md": "the reading guide",
    "BRIEF.md": "the brief",
    "AGENTS.md": "the instructions for coding agents",
    "docs/vision.md": "the vision",
    "docs/requirements.md": "the requirements",
    "docs/architecture.md": "the architecture",
    "docs/test-plan.md": "the test plan",
    "docs/glossary.md": "the glossary",
    "docs/risks-assumptions.md": "risks and assumptions",
}


@dataclass(frozen=True)
class Node:
    """One step of a run as it will be written into a row."""

    key: str
    """Unique in the run: "requirements", "prose:docs/vision.md"."""
    kind: str
    """The part of the key before the colon: which work it is."""
    lane: Lane
    title: str
    needs: tuple[str, ...]
    """Keys of the steps whose results it uses."""


def graph(*, written: Sequence[str], rendered: Sequence[str]) -> list[Node]:
    """The steps of a run in the order of their places.

    Args:
        written: documents with written sections, which get a step ``prose:<document>``.
        rendered: documents that are set one by one, which get a step ``render:<document>``; machine files share one.
    """
    parts = ("freeze", *DECIDING)
    steps = [
        _node("freeze", "read", "Freeze the answers"),
        *(_node(key, "decide", named(key).step, *parts[: parts.index(key)]) for key in DECIDING),
        _node("assemble", "decide", "Join everything into one model", *parts),
    ]
    steps += [_node(f"prose:{path}", "write", f"Write {name(path)}", *parts, "assemble") for path in written]
    for path in rendered:
        prose = (f"prose:{path}",) if path in written else ()
        steps.append(_node(f"render:{path}", "write", f"Set {name(path)}", "assemble", *prose))
    steps.append(_node("render:files", "write", "Set backlog, features, trace and evidence", "assemble"))
    pages = tuple(step.key for step in steps if step.kind == "render")
    steps.append(_node("checks", "check", "Check everything by code", "assemble", *pages))
    steps += [_node(f"review:{role}", "check", named(role).step, *parts, *pages) for role in REVIEWERS]
    reviews = tuple(f"review:{role}" for role in REVIEWERS)
    steps.append(_node("score", "check", "Fill in the scorecard", "assemble", *pages, "checks", *reviews))
    steps.append(_node("package", "check", "Pack the zip", "assemble", *pages, "checks", *reviews, "score"))
    return steps


def name(path: str) -> str:
    """What a person calls the document at ``path``."""
    return NAMES.get(path, path)


def argument(key: str) -> str:
    """What follows the colon of a key: the document or the role; empty where there is none."""
    return key.partition(":")[2]


def ready(needs: dict[str, list[str]], done: Iterable[str]) -> list[str]:
    """The keys all of whose needs are done, in the order of ``needs``."""
    finished = set(done)
    return [key for key, wants in needs.items() if finished.issuperset(wants)]


def dependents(needs: dict[str, list[str]], of: Iterable[str]) -> set[str]:
    """Every key that needs one of these, directly or through others."""
    found: set[str] = set()
    waiting = list(of)
    while waiting:
        key = waiting.pop()
        more = {other for other, wants in needs.items() if key in wants} - found
        found |= more
        waiting.extend(more)
    return found


def _node(key: str, lane: Lane, title: str, *needs: str) -> Node:
    return Node(key=key, kind=key.partition(":")[0], lane=lane, title=title, needs=needs)
