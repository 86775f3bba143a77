"""Which subscription counts, what it gives, and what happened between two looks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from billing.rules import charts, money, signatures, subscriptions
from billing.rules.subscriptions import Change, Known, Seen, Standing

NOW = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ONE = Seen("sub_1", "cus_1", "active", NOW, NOW + 30 * DAY, None, (("si_1", "price_1"),), NOW)
HELD = Known("sub_1", "active", "pro", NOW, None)


def test_what_is_paid_counts_before_what_is_newer() -> None:
    over = replace(ONE, id="sub_2", state="canceled", created=NOW + DAY)
    failing = replace(ONE, id="sub_3", state="past_due", created=NOW + 2 * DAY)
    assert subscriptions.governing([over, ONE, failing]) == ONE
    assert subscriptions.governing([over, failing]) == failing
    assert subscriptions.governing([]) is None


@pytest.mark.parametrize(
    ("state", "days", "standing"),
    [
        ("trialing", None, Standing.TRIAL),
        ("active", None, Standing.PAID),
        ("past_due", 0, Standing.GRACE),
        ("past_due", 13.9, Standing.GRACE),
        ("past_due", 14, Standing.LAPSED),
        ("unpaid", 0, Standing.LAPSED),
        ("paused", None, Standing.LAPSED),
        ("incomplete", None, Standing.NONE),
        ("canceled", None, Standing.NONE),
        ("a state of tomorrow", None, Standing.NONE),
    ],
)
def test_what_a_state_gives(state: str, days: float | None, standing: Standing) -> None:
    since = None if days is None else NOW - days * DAY
    assert subscriptions.standing(state, failed_since=since, grace=14 * DAY, now=NOW) is standing


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (Known(), HELD, [Change.CREATED]),
        (HELD, HELD, []),
        (HELD, replace(HELD, period_start=NOW + 30 * DAY), [Change.RENEWED]),
        (HELD, replace(HELD, period_start=NOW + 30 * DAY, state="past_due"), [Change.PAYMENT_FAILED]),
        (replace(HELD, state="past_due"), HELD, [Change.RECOVERED]),
        (HELD, replace(HELD, plan="team"), [Change.CHANGED]),
        (HELD, replace(HELD, ends_at=NOW + DAY), [Change.CANCELED]),
        (replace(HELD, ends_at=NOW + DAY), HELD, [Change.RESUMED]),
        (replace(HELD, ends_at=NOW), replace(HELD, state="canceled", plan=""), [Change.ENDED]),
        (HELD, replace(HELD, state="canceled", plan=""), [Change.CANCELED, Change.ENDED]),
        (HELD, replace(HELD, id="sub_2"), [Change.CANCELED, Change.ENDED, Change.CREATED]),
        (replace(HELD, state="incomplete"), HELD, [Change.CREATED]),
        (Known(), replace(HELD, state="incomplete"), []),
    ],
)
def test_what_happened_is_said_once(before: Known, after: Known, found: list[Change]) -> None:
    assert subscriptions.changes(before, after) == found
    assert subscriptions.changes(after, after) == []


@pytest.mark.parametrize(
    ("header", "signed"),
    [("t=12,v1=a", 12), ("v1=a,t=12", 12), ("t=1,t=2,v1=a", None), ("", None), ("t=,v1=a", None), ("t=-5", None), ("t=٣", None)],
)
def test_the_time_of_a_signature_is_read_where_there_is_one(header: str, signed: int | None) -> None:
    assert signatures.signed_at(header) == signed


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(2900, "usd", "$29"), (2950, "eur", "€29.50"), (2900, "chf", "CHF 29"), (2900, "jpy", "JPY 2,900"), (-500, "usd", "-$5")],
)
def test_prices_are_written_as_people_write_them(amount: int, currency: str, text: str) -> None:
    assert money.price(amount, currency) == text


def test_bars_fill_the_drawing_and_shares_leave_nothing_out() -> None:
    first = dt.date(2026, 11, 1)
    bars = charts.by_day({first: 10, first + DAY: 1_000_000}, first, 30)
    assert (bars[1].height, bars[1].y, bars[0].height, bars[2].height) == (charts.HEIGHT, 0, charts.LEAST, 0)
    assert bars[-1].x + bars[-1].width <= charts.WIDTH
    shares = charts.shares({f"{number:02}": number for number in range(1, 21)}, most=4)
    assert [share.name for share in shares] == ["20", "19", "18", "17", "All others"]
    assert sum(share.value for share in shares) == sum(range(1, 21))
    assert max(share.width for share in shares) == 100
