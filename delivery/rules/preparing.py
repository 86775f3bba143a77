"""Which files of a package are delivered, and in which words. Pure.

What goes out is a closed list: a file that no folder here names stays (S-055). Documents go always; what a reviewer or a program
wants beside them, and what was said word for word, only where the owner chose it (N-25).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.contract import PRODUCT_NAME, Shipment

DOCUMENTS = ("README.md", "BRIEF.md", "AGENTS.md", "CLAUDE.md", "docs/", "adr/", "features/", "diagrams/", "backlog/")
INTERMEDIATES = ("quality/", "trace/", ".specstep/manifest.json")
TRANSCRIPT = ("evidence/", ".specstep/model.json")
"""What holds answers word for word."""
NAMED_AT_MOST = 12
"""Paths a summary names before it counts."""

_ADDRESS = re.compile(r"[^\s<>()\[\]]+@[^\s<>()\[\]]+\.[^\s<>()\[\]]+")


@dataclass(frozen=True)
class Facts:
    """What a summary says of a package."""

    package: str
    number: int
    title: str
    sha256: str
    """Of the zip that is downloaded: by it everybody knows which package this is (S-084)."""
    grade: str
    counts: Mapping[str, Any]
    """Of ``Package.summary``."""
    scores: tuple[tuple[str, str], ...] = ()
    """Document and verdict."""


def chosen(paths: Iterable[str], *, intermediates: bool = False, transcript: bool = False) -> list[str]:
    """Those of ``paths`` that are delivered, in order."""
    places = DOCUMENTS + (INTERMEDIATES if intermediates else ()) + (TRANSCRIPT if transcript else ())
    return sorted(path for path in paths if any(path == place or _is_in(path, place) for place in places))


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file by path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}


def digest(hashed: Mapping[str, str]) -> str:
    """SHA-256 over the lines "HASH  PATH" in order of the paths: what ``sha256sum`` prints for the files, hashed again."""
    lines = "".join(f"{sha}  {path}\n" for path, sha in sorted(hashed.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def ship(
    facts: Facts, files: Mapping[str, bytes], *, before: Mapping[str, str] | None, private: Collection[str] = ()
) -> Shipment:
    """What is sent.

    Args:
        files: the chosen ones.
        before: SHA-256 by path of the delivery before; None for the first one.
        private: names, addresses and ids of the account; none of them stands in the envelope (N-66).
    """
    hashed = hashes(files)
    earlier = before or {}
    changed = tuple(path for path, sha in hashed.items() if earlier.get(path) != sha)
    gone = tuple(sorted(set(earlier) - set(hashed)))
    title = discreet(facts.title, private) or f"Package {facts.number}"
    return Shipment(
        package=facts.package,
        number=facts.number,
        title=title,
        files=dict(sorted(files.items())),
        digest=digest(hashed),
        summary=_summary(facts, title, len(hashed), None if before is None else (changed, gone), set(earlier)),
        changed=changed,
        gone=gone,
        archive=facts.sha256,
    )


def discreet(text: str, private: Collection[str]) -> str:
    """``text`` in one line without mail addresses and without any of the words in ``private``."""
    text = _ADDRESS.sub("…", text)
    for word in sorted({word.strip() for word in private if len(word.strip()) > 1}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return " ".join(text.split()).strip("… ")


def _is_in(path: str, place: str) -> bool:
    return place.endswith("/") and path.startswith(place)


def _summary(
    facts: Facts, title: str, files: int, differences: tuple[tuple[str, ...], tuple[str, ...]] | None, earlier: Collection[str]
) -> str:
    counts = facts.counts
    lines = [
        # As code: nothing in it becomes a link, a mention of a person or the number of an issue.
        f"Package {facts.number} of `{title.replace('`', '’')}`, written by {PRODUCT_NAME}.",
        "",
        f"- Grade: {_grade(facts.grade)}",
        f"- Requirements: {counts.get('requirements', 0)}, of them {counts.get('must', 0)} must",
        f"- Tests: {counts.get('tests', 0)}",
        f"- Stories: {counts.get('stories', 0)}",
        f"- Open: {counts.get('open_questions', 0)} questions, {counts.get('assumptions', 0)} assumptions",
        f"- Conflicts: {counts.get('conflicts', 0)}",
    ]
    if facts.scores:
        lines += ["", "| document | verdict |", "| --- | --- |", *(f"| {name} | {verdict} |" for name, verdict in facts.scores)]
    lines += ["", "## What changed", "", *_changes(files, differences, earlier)]
    lines += [
        "",
        "## How to read it",
        "",
        "Start with `README.md`: it says who reads what. `BRIEF.md` is the one page to sign. Agents start with `AGENTS.md`.",
        "",
        f"Package `{facts.package}`, SHA-256 of the archive `{facts.sha256}`.",
    ]
    if counts.get("drafted_by") == "offline":
        lines.insert(2, "Drafted without a model: rules put it together, and no language model wrote or judged it.\n")
    return "\n".join(lines) + "\n"


def _grade(grade: str) -> str:
    return "not graded, nobody who can judge has read it" if grade == "unjudged" else grade


def _changes(files: int, differences: tuple[tuple[str, ...], tuple[str, ...]] | None, earlier: Collection[str]) -> list[str]:
    if differences is None:
        return [f"This is the first delivery: {files} files."]
    changed, gone = differences
    if not changed and not gone:
        return ["Nothing: the same content was delivered before."]
    added = [path for path in changed if path not in earlier]
    altered = [path for path in changed if path in earlier]
    rows = (("Changed", altered), ("New", added), ("No longer part of it", list(gone)))
    return [f"- {name}: {_named(paths)}" for name, paths in rows if paths]


def _named(paths: list[str]) -> str:
    more = len(paths) - NAMED_AT_MOST
    named = ", ".join(f"`{path}`" for path in paths[:NAMED_AT_MOST])
    return f"{named} and {more} more" if more > 0 else named
