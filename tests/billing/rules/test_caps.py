"""Whether one more call keeps within the limits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.rules.caps import Cap, refusal

TODAY = dt.date(2026, 11, 21)


def cap(limit: str, spent: str = "0", held: str = "0", *, month: bool = False, owners: bool = True) -> Cap:
    return Cap("month" if month else "run", owners, Decimal(limit), Decimal(spent), Decimal(held))


@pytest.mark.parametrize(
    ("caps", "estimate", "allowed"),
    [
        ([], "5.00", True),
        ([cap("2.00", "1.50", "0.30")], "0.20", True),
        ([cap("2.00", "1.50", "0.30")], "0.21", False),
        ([cap("2.00"), cap("20.00", "19.99", month=True)], "0.02", False),
        ([cap("0.00")], "0.000001", False),
    ],
)
def test_spent_and_held_and_the_call_itself_must_fit(caps: list[Cap], estimate: str, allowed: bool) -> None:
    assert (refusal(caps, Decimal(estimate), TODAY) is None) is allowed


def test_a_call_that_costs_nothing_is_allowed_when_all_is_spent() -> None:
    assert refusal([cap("2.00", "2.50")], Decimal(0), TODAY) is None


def test_the_sentence_names_limit_use_and_way_out() -> None:
    found = refusal([cap("2.00", "1.62", "0.20")], Decimal("0.60"), TODAY)
    assert found is not None
    assert found.sentence == (
        "Your limit of $2.00 for one run or interview would be passed: $1.62 is spent, $0.20 is held for calls under way, and "
        "the next call may cost up to $0.60. Raise it under Settings, Usage. Nothing that was written is lost."
    )


def test_the_service_s_limit_of_a_month_says_until_when() -> None:
    found = refusal([cap("50.00", "49.80", month=True, owners=False)], Decimal("0.60"), dt.date(2026, 12, 31))
    assert found is not None
    assert found.sentence.startswith(
        "The limit of this service of $50.00 for a month would be passed: $49.80 is spent, and the next"
    )
    assert "Ask who runs this service to raise it, or wait until 1 January." in found.sentence


def test_what_only_waits_for_calls_under_way_passes() -> None:
    waits = refusal([cap("2.00", "1.00", "0.90")], Decimal("0.60"), TODAY)
    ends = refusal([cap("2.00", "1.50", "0.10")], Decimal("0.60"), TODAY)
    assert waits is not None
    assert ends is not None
    assert (waits.passes, ends.passes) == (True, False)


def test_a_limit_that_can_never_fit_is_named_before_one_that_may() -> None:
    found = refusal([cap("2.00", "1.00", "0.90"), cap("9.00", "8.90", month=True)], Decimal("0.60"), TODAY)
    assert found is not None
    assert "$9.00 for a month" in found.sentence
    assert not found.passes


@pytest.mark.parametrize(("owners", "way"), [(True, "lift the limit under Settings, Usage"), (False, "or lift the limit.")])
def test_without_a_price_no_limit_can_be_kept(owners: bool, way: str) -> None:
    found = refusal([cap("2.00", owners=owners)], None, TODAY)
    assert found is not None
    assert "The price of the model is not known" in found.sentence
    assert "LLM_PRICES_FILE" in found.sentence
    assert way in found.sentence
    assert not found.passes


def test_without_a_limit_an_unpriced_model_may_be_asked() -> None:
    assert refusal([], None, TODAY) is None


def test_what_is_left_is_never_below_nothing() -> None:
    assert cap("2.00", "1.50", "0.10").left == Decimal("0.40")
    assert cap("2.00", "2.50").left == 0
