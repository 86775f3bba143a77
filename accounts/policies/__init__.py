"""The first version of each policy: files named by their day, ``privacy/2026-05-16.md``.

Only the first of each is in force of itself. Later files come with a release as proposals: an operator publishes them in the
console, so that everybody is told first (S-006, P1-002).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Shipped:
    """A text that came with the release."""

    document: str
    dated: dt.date
    text: str


@cache
def shipped(document: str) -> tuple[Shipped, ...]:
    """The files of a document, the oldest first. Raises ``LookupError`` where there is none."""
    files = sorted((FOLDER / document).glob("*.md"))
    if not files:
        raise LookupError(f"There is no text of {document!r} in {FOLDER}.")
    return tuple(Shipped(document, dt.date.fromisoformat(file.stem), file.read_text()) for file in files)
