"""What the rules see of an interview: plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Said:
    """A text somebody gave: an answer (A-012) or a reference (S-01)."""

    label: str
    topic: str
    text: str
    question: str = ""
    """Label of the question it answers; empty for a reference."""


@dataclass(frozen=True)
class Noted:
    """One fact, not yet a row. ``quote`` is a substring of the text it came from."""

    topic: str
    slot: str
    subject: str
    attribute: str
    quote: str
    op: str | None = None
    value: float | int | str | None = None
    unit: str | None = None
    confidence: float = 0.8
    label: str = ""
    source: str = ""
    is_live: bool = True
    place: str = ""
    """Where in its document the quote stands: "page 12"."""

    @property
    def is_vague(self) -> bool:
        """Too soft to build on: it calls for a probe."""
        return self.confidence <= 0.4


@dataclass(frozen=True)
class Paper:
    """A document with text: its label, its name, and which others it holds against."""

    label: str
    name: str
    wins_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question that was put before."""

    label: str
    topic: str
    slot: str
    text: str
    state: str
    triggered_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dispute:
    """Two facts that cannot both hold, and whether that is settled."""

    label: str
    kind: str
    first: Noted
    second: Noted
    subject: str
    is_open: bool = True
    is_asked: bool = False


@dataclass(frozen=True)
class Ledger:
    """One interview as the rules see it."""

    depth: str
    said: tuple[Said, ...] = ()
    facts: tuple[Noted, ...] = ()
    asked: tuple[Asked, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    papers: tuple[Paper, ...] = ()
    put_off: frozenset[str] = frozenset()
    """Topics that were deferred with owner and trigger."""
    assumed: frozenset[str] = frozenset()
    """Topics for which a default was accepted."""
    not_applicable: dict[str, str] = field(default_factory=dict)
    more: int = 0
    """Questions that the owner asked for beyond those of the depth."""
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """All that was said and given, in lower case."""
        return "\n".join(one.text for one in self.said).lower()

    def live(self, topic: str = "") -> list[Noted]:
        return [fact for fact in self.facts if fact.is_live and (not topic or fact.topic == topic)]
