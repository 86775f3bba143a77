"""The table of plans is read word for word, and says what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from billing import catalogue
from billing.rules import plans

GIVEN: dict[str, Any] = yaml.safe_load(catalogue.FILE.read_text())


def changed(**pro: Any) -> dict[str, Any]:
    """The table with other words in the plan ``pro``; None takes a word out."""
    row = {key: value for key, value in (GIVEN["plans"]["pro"] | pro).items() if value != "out"}
    return GIVEN | {"plans": GIVEN["plans"] | {"pro": row}}


def test_the_table_of_this_service_can_be_read() -> None:
    table = plans.read(GIVEN)
    assert list(table.plans) == ["unmetered", "free", "pro", "team"]
    assert table.without_billing.generations is None
    for plan in table.plans.values():
        assert plan.retention_most is None or plan.retention_default is not None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (changed(amount="out"), "plan pro: amount is missing"),
        (changed(amount=29.0), "plan pro, amount is a whole number from 1"),
        (changed(amount=True), "plan pro, amount is a whole number from 1"),
        (changed(price="price_1Abc"), "plan pro: a price is named by a setting that begins with STRIPE_PRICE_"),
        (changed(price="out"), "plan pro: price is missing"),
        (changed(currency="USD"), "plan pro: currency has three small letters"),
        (changed(every="week"), "plan pro: every is month or year"),
        (changed(generations=-1), "plan pro, generations is a whole number from 0"),
        (changed(generation=3), "plan pro: generation is not known"),
        (changed(seats="out"), "plan pro: seats is missing"),
        (changed(retention_days={"default": 90, "most": 30}), "plan pro, retention_days: the default is longer than the most"),
        (changed(claims=0), "plan pro, claims is a whole number from 1"),
        (changed(price_fixed_until="soon"), "plan pro: price_fixed_until is a day"),
        (changed(developer_access="yes"), "plan pro: developer_access is true or false"),
        (GIVEN | {"without_subscription": "pro"}, "without_subscription names 'pro'. Name a plan of the table without a price"),
        (GIVEN | {"without_billing": "gold"}, "without_billing names 'gold'"),
        (GIVEN | {"version": 2}, "This is version 2"),
        (GIVEN | {"plans": {}}, "There is no plan"),
        ([], "the table is no list of words and values"),
    ],
)
def test_a_mistake_is_named_with_plan_and_word(given: Any, sentence: str) -> None:
    with pytest.raises(plans.Misread) as raised:
        plans.read(given)
    assert sentence in str(raised.value)
