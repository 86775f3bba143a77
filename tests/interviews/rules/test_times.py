"""How pages say a time."""

from __future__ import annotations

import datetime as dt

import pytest

from ground import clock
from interviews.templatetags.voices import when


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (dt.timedelta(hours=1), "today, 11:00"),
        (dt.timedelta(days=1), "yesterday, 12:00"),
        (dt.timedelta(days=-1), "tomorrow, 12:00"),
        (dt.timedelta(days=3), "17 November, 12:00"),
        (dt.timedelta(days=365), "20 November 2025, 12:00"),
        (dt.timedelta(days=-365), "20 November 2027, 12:00"),
    ],
)
def test_a_time_always_names_its_day(ago: dt.timedelta, said: str) -> None:
    now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    with clock.frozen(now):
        assert when(now - ago) == said
