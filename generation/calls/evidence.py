"""How the frozen ledger of an interview is laid out in a prompt."""

from __future__ import annotations

_UNSENT = (
    "anchor.signed_at",
    "questions.asked_at",
    "questions.lint",
    "questions.triggered_by",
    "answers.redactions",
    "answers.rev",
    "facts.confirmed_at",
    "facts.confirmed_by",
    "sources.bytes",
    "sources.hash",
)


def unsent(place: str) -> tuple[str, ...]:
    """Paths of what no model needs of the ledger at ``place``: who did what when, and notes of our own machinery."""
    return tuple(f"{place}.{path}" for path in _UNSENT)


def late(place: str) -> tuple[str, ...]:
    """The day on which it was frozen: a model needs it to reckon with dates, and the next run has another."""
    return (f"{place}.frozen_at",)
