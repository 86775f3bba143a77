"""Append to a durable log of rows, and read on from a place in it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from ground.models import LogEntry
from ground.statements import TEXT, Select, insert

TRIES = 20
Entry = tuple[str, dict[str, Any]]
"""Its kind, and ids, states and texts that the page may show."""


_PLACES = Select(
    lambda stream: LogEntry.objects.filter(stream=stream).order_by("-sequence").values_list("sequence", flat=True)[:1],
    stream=TEXT,
)


def append_alone(stream: str, *entries: Entry) -> None:
    """Write the next entries of ``stream``, for a writer that holds a lock all its writers take: nobody can come in between."""
    last = last_sequence(stream)
    insert(
        [
            LogEntry(stream=stream, sequence=last + place, kind=kind, payload=payload)
            for place, (kind, payload) in enumerate(entries, start=1)
        ]
    )


def append(stream: str, kind: str, **payload: Any) -> LogEntry:
    """Write the next entry of ``stream``; ``payload`` holds ids, states and texts that the page may show."""
    for attempt in range(TRIES):
        last = last_sequence(stream)
        try:
            with transaction.atomic():
                return LogEntry.objects.create(stream=stream, sequence=last + 1, kind=kind, payload=payload)
        except IntegrityError:
            # Another writer took this place in between; the unique constraint decides, we take the next.
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def after(stream: str, sequence: int = 0, *, limit: int = 200) -> list[LogEntry]:
    """The entries of ``stream`` that follow ``sequence``, oldest first."""
    return list(LogEntry.objects.filter(stream=stream, sequence__gt=sequence).order_by("sequence")[:limit])


def last_sequence(stream: str) -> int:
    """The place of the newest entry, 0 for an empty stream."""
    return _PLACES.first(stream=stream) or 0
