"""Amounts as people write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.rules import money


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (None, "unpriced"),
        (Decimal(0), "$0.00"),
        (Decimal("0.000001"), "under $0.01"),
        (Decimal("0.004999"), "under $0.01"),
        (Decimal("0.005"), "$0.01"),
        (Decimal("0.424"), "$0.42"),
        (Decimal("1204"), "$1,204.00"),
    ],
)
def test_dollars_are_written_with_cents_and_never_as_nothing(amount: Decimal | None, written: str) -> None:
    assert money.dollars(amount) == written


@pytest.mark.parametrize(("count", "written"), [(0, "0 tokens"), (1, "1 token"), (12_400, "12,400 tokens")])
def test_tokens_are_counted_in_words(count: int, written: str) -> None:
    assert money.tokens(count) == written


@pytest.mark.parametrize(
    ("count", "rounded"), [(0, 0), (99, 99), (12_437, 12_000), (12_500, 13_000), (987, 990), (995_000, 1_000_000)]
)
def test_an_estimate_has_two_digits(count: int, rounded: int) -> None:
    assert money.about(count) == rounded


@pytest.mark.parametrize(("part", "whole", "written"), [(85, 100, "85%"), (1, 3, "33%"), (2, 3, "67%"), (0, 7, "0%"), (0, 0, "")])
def test_shares_are_per_cents(part: int, whole: int, written: str) -> None:
    assert money.share(part, whole) == written


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (dt.date(2026, 11, 21), dt.date(2026, 12, 1)),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
        (dt.date(2027, 1, 31), dt.date(2027, 2, 1)),
    ],
)
def test_a_month_ends_before_the_next_begins(day: dt.date, first: dt.date) -> None:
    assert money.first_of_next_month(day) == first
