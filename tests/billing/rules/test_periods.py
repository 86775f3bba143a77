"""A generation counts in one month of the billing period, and in no other."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import periods
from billing.rules.periods import Period


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "start", "end", "period"),
    [
        ("2026-02-14 10:00", "2026-01-31 09:00", "2026-02-28 09:00", ("2026-01-31 09:00", "2026-02-28 09:00")),
        ("2026-02-28 09:00", "2026-01-31 09:00", "2026-02-28 09:00", ("2026-02-28 09:00", "2026-03-28 09:00")),
        ("2026-05-01 00:00", "2026-01-31 09:00", "2026-02-28 09:00", ("2026-04-28 09:00", "2026-05-28 09:00")),
        ("2026-07-20 00:00", "2026-01-15 00:00", "2027-01-15 00:00", ("2026-07-15 00:00", "2026-08-15 00:00")),
        ("2027-01-14 23:59", "2026-01-15 00:00", "2027-01-15 00:00", ("2026-12-15 00:00", "2027-01-15 00:00")),
        ("2026-01-03 00:00", "2026-01-01 00:00", "2026-01-15 00:00", ("2026-01-01 00:00", "2026-01-15 00:00")),
    ],
)
def test_the_month_of_the_count(now: str, start: str, end: str, period: tuple[str, str]) -> None:
    assert periods.within(at(now), at(start), at(end)) == Period(at(period[0]), at(period[1]))


@given(
    start=st.integers(0, 1_400 * 86_400).map(lambda seconds: at("2024-01-01 00:00") + dt.timedelta(seconds=seconds)),
    months=st.sampled_from([1, 12]),
    seconds=st.integers(0, 900 * 86_400),
)
def test_every_moment_lies_in_its_period_and_the_next_begins_where_it_ends(start: dt.datetime, months: int, seconds: int) -> None:
    end = periods.months_after(start, months)
    now = start + dt.timedelta(seconds=seconds)
    found = periods.within(now, start, end)
    assert found.starts_at <= now < found.resets_at
    assert found.resets_at - found.starts_at <= periods.LONGEST_MONTH
    assert periods.within(found.resets_at, start, end).starts_at == found.resets_at
    assert periods.calendar_month(now).starts_at <= now < periods.calendar_month(now).resets_at
