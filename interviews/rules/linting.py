"""What a question must satisfy before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from interviews.rules.reading import content_words

MAX_WORDS = 30
SAME = 0.85
"""Share of meaning words from which two questions count as the same."""
_ID = re.compile(r"\b(?:[QAFX]-\d{3}|S-\d\d|[VRA]\d{1,2}|REQ-\d+|NFR-\w+)\b")
_COMPOUND = re.compile(r"\?.+\?|\band (?:who|what|when|where|how|why|which)\b", re.IGNORECASE)
_LEADING = re.compile(r"\b(?:wouldn't you|don't you (?:think|agree)|surely|isn't it|of course)\b", re.IGNORECASE)
_JARGON = re.compile(
    r"\b(?:stakeholders?|use cases?|non-functional|KPIs?|SLAs?|latency|throughput|"
    r"idempoten\w+|workflow|CRUD|MVP|persona|synerg\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Lint:
    """The record kept with a question (question schema), and what is wrong in words."""

    words: int
    compound: bool
    ids: bool
    dup_of: str | None
    faults: tuple[str, ...]

    @property
    def record(self) -> dict[str, object]:
        return {"words": self.words, "compound": self.compound, "ids": self.ids, "dup_of": self.dup_of}


def lint(text: str, asked: Iterable[tuple[str, str]] = ()) -> Lint:
    """Check a question. ``asked`` are (label, text) of earlier ones."""
    words = len(text.split())
    compound = bool(_COMPOUND.search(text))
    ids = bool(_ID.search(text))
    twin = next((label for label, other in asked if same_question(text, other)), None)
    faults = []
    if not text.rstrip().endswith(("?", ".")):
        faults.append("It does not end as a question.")
    if words > MAX_WORDS:
        faults.append(f"It has {words} words; {MAX_WORDS} are enough.")
    if compound:
        faults.append("It asks two things at once.")
    if ids:
        faults.append("It names a label instead of the thing.")
    if _LEADING.search(text):
        faults.append("It suggests the answer.")
    if _JARGON.search(text):
        faults.append("It uses a word that only specialists know.")
    if twin:
        faults.append("It was asked before.")
    return Lint(words, compound, ids, twin, tuple(faults))


def same_question(text: str, other: str) -> bool:
    if text.strip().lower() == other.strip().lower():
        return True
    one, two = content_words(text), content_words(other)
    return len(one) >= 3 and len(two) >= 3 and len(one & two) / len(one | two) >= SAME
