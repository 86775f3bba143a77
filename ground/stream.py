"""Append to a durable log of rows, and read on from a place in it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from ground.models import LogEntry

TRIES = 20


def append_alone(stream: str, kind: str, **payload: Any) -> LogEntry:
    """The same for a writer that holds a lock all writers of ``stream`` take: nobody can take its place in between."""
    return LogEntry.objects.create(stream=stream, sequence=last_sequence(stream) + 1, kind=kind, payload=payload)


def append(stream: str, kind: str, **payload: Any) -> LogEntry:
    """Write the next entry of ``stream``; ``payload`` holds ids, states and texts that the page may show."""
    for attempt in range(TRIES):
        last = LogEntry.objects.filter(stream=stream).aggregate(last=Max("sequence"))["last"] or 0
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
    return LogEntry.objects.filter(stream=stream).aggregate(last=Max("sequence"))["last"] or 0
