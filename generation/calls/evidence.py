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


def unsent(place: str, *, reads_documents: bool) -> tuple[str, ...]:
    """Paths of what is not needed of the ledger at ``place``: who did what when, notes of our own machinery, and the text of the
    owner's documents where a step works from what was noted and decided."""
    more = () if reads_documents else ("sources.text",)
    return tuple(f"{place}.{path}" for path in (*_UNSENT, *more))


def late(place: str) -> tuple[str, ...]:
    """The day on which it was frozen: a model needs it to reckon with dates, and the next run has another."""
    return (f"{place}.frozen_at",)
