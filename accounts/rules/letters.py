"""When a letter to accounts may leave, and by when it has to (S-006, S-181, N-54)."""

from __future__ import annotations

import datetime as dt
import re
import uuid

NOTICE_DAYS = 30
"""A change of policy is told this many days before it takes effect (P1-002)."""
INCIDENT_HOURS = 72
"""From the moment we learnt of an incident until the people concerned are told."""

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def earliest_effect(now: dt.datetime) -> dt.datetime:
    """The earliest time at which a change that is told now may take effect."""
    return now + dt.timedelta(days=NOTICE_DAYS)


def due(known_at: dt.datetime) -> dt.datetime:
    """Until when an incident has to be told."""
    return known_at + dt.timedelta(hours=INCIDENT_HOURS)


def named(text: str) -> tuple[list[uuid.UUID], list[str]]:
    """Account ids and addresses out of a list, one to a line or parted by commas; each once, in their order.

    Letters that cannot be printed are dropped: PostgreSQL takes no NUL in a text.
    """
    ids: dict[uuid.UUID, None] = {}
    addresses: dict[str, None] = {}
    for word in re.split(r"[\s,;]+", text):
        word = "".join(letter for letter in word if letter.isprintable())
        if _UUID.fullmatch(word):
            ids[uuid.UUID(word)] = None
        elif word:
            addresses[word.lower()] = None
    return list(ids), list(addresses)
