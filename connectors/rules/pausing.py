"""How long to wait before a provider is asked again."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

TRIES = 6
FIRST, LONGEST = 0.5, 60.0
"""Seconds."""


def asked_for(header: str, now: dt.datetime) -> float | None:
    """Seconds of a Retry-After (RFC 9110, 10.2.3): a number, or a date. None where there is none or it says nothing."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(min(int(header[:9]), 24 * 3600))
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return max(0.0, min((at - now).total_seconds(), 24 * 3600.0))


def pause(tries: int, asked: float | None, chance: float) -> float:
    """Seconds to wait after the ``tries``-th failure: never less than was asked for, otherwise doubling, with chance in it."""
    usual = min(LONGEST, FIRST * 2.0 ** (tries - 1)) * (0.5 + chance / 2)
    return usual if asked is None else asked + usual * 0.1
