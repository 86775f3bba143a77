"""Which period a generation counts in."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

LONGEST_MONTH = dt.timedelta(days=32)
"""A billing period that is not longer is one month of the count, whatever the calendar says."""


@dataclass(frozen=True)
class Period:
    """From ``starts_at`` on, and not at ``resets_at`` any more."""

    starts_at: dt.datetime
    resets_at: dt.datetime


def calendar_month(now: dt.datetime) -> Period:
    """The month of ``now`` (UTC)."""
    start = now.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(start, months_after(start, 1))


def within(now: dt.datetime, start: dt.datetime, end: dt.datetime) -> Period:
    """The month of the count at ``now``, for a billing period from ``start`` to ``end``.

    A period of a month is one; a longer one is cut into months from its start. After ``end``, as long as nobody has told us of
    the renewal, months follow one another from ``end`` on: the first is the period that Stripe will tell of.
    """
    if now >= end:
        start, end = end, months_after(end, 1)
        while now >= end:
            start, end = end, months_after(end, 1)
        return Period(start, end)
    if now < start or end - start <= LONGEST_MONTH:
        return Period(start, end)
    number = 1
    while months_after(start, number) <= now:
        number += 1
    return Period(months_after(start, number - 1), min(months_after(start, number), end))


def months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day ``months`` later; the last day of a month that has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
