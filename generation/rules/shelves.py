"""The files of a package as a reader looks for them: in groups, with names instead of paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHELVES = (
    ("Start here", ("BRIEF.md", "README.md", "AGENTS.md")),
    ("Documents", ("docs/vision.md", "docs/requirements.md", "docs/architecture.md", "docs/test-plan.md", "docs/")),
    ("Decisions", ("adr/README.md", "adr/")),
    ("Tests", ("features/",)),
    ("Plan", ("backlog/backlog.md", "backlog/")),
    ("Where it comes from", ("evidence/interview.md", "evidence/", "trace/matrix.md", "trace/")),
    ("How good it is", ("quality/scorecard.md", "quality/decisions.md", "quality/reviews/", "quality/")),
    ("For programs", ("",)),
)
"""Each shelf with what stands on it in this order: a path, or a folder with everything in it that has no place before."""
_NAMES = {
    "README.md": "Reading guide",
    "AGENTS.md": "For coding agents",
    "adr/README.md": "All decisions",
    "docs/risks-assumptions.md": "Risks and assumptions",
    "backlog/backlog.md": "Backlog",
    "evidence/interview.md": "The interview",
    "trace/matrix.md": "Trace matrix",
    "quality/reviews/checks.md": "Review by code",
    "quality/reviews/owner-advocate.md": "Review by the owner’s advocate",
    "quality/reviews/implementer.md": "Review by the implementer",
    "quality/reviews/tester.md": "Review by the tester",
}


@dataclass(frozen=True)
class Volume:
    path: str
    name: str


@dataclass(frozen=True)
class Shelf:
    name: str
    volumes: list[Volume]
    is_open: bool
    """Whether its volumes are listed at once."""


def shelved(paths: Iterable[str], here: str = "") -> list[Shelf]:
    """Every path once, on its shelf; empty shelves are left out. Open are the first two and the one with the path ``here``."""
    left = sorted(paths)
    shelves: list[Shelf] = []
    for shelf, places in SHELVES:
        taken: list[str] = []
        for place in places:
            taken += [
                path for path in left if path not in taken and (path == place or (_is_folder(place) and path.startswith(place)))
            ]
        left = [path for path in left if path not in taken]
        if taken:
            is_open = len(shelves) < 2 or here in taken
            shelves.append(Shelf(shelf, [Volume(path, name(path)) for path in taken], is_open))
    return shelves


def name(path: str) -> str:
    """What a reader calls the file: "Test plan", "0002 Data and Ordinata"; files for programs keep their file name."""
    if path in _NAMES:
        return _NAMES[path]
    stem, _, ending = path.rsplit("/", 1)[-1].rpartition(".")
    if ending not in {"md", "feature"} or not stem:
        return path.rsplit("/", 1)[-1]
    words = (stem.lower() if stem.isupper() else stem).replace("-", " ")
    number, _, rest = words.partition(" ")
    return f"{number} {rest[:1].upper()}{rest[1:]}" if number.isdecimal() else f"{words[:1].upper()}{words[1:]}"


def _is_folder(place: str) -> bool:
    return not place or place.endswith("/")
