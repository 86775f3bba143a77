"""Settings, Usage: what the owner sees agrees with the ledger, and nobody sees another's."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.flows import metering
from billing.models import SpendingLimit
from billing.pages import usage as pages
from ground import clock
from ground.rows import new_id
from llm.models import ModelCall, OwnKey, RedactionCount, UsageMonth
from tests.billing.conftest import Called

ADDRESS = "/settings/usage/"
MIDDLE = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
"""In the middle of a month, so that hours before are still in it."""


def words(client: Client) -> str:
    """What the page says, without its markup."""
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def tokens(read: int, written: int, cached: int = 0) -> dict[str, int]:
    return {"tokens_in": read, "tokens_out": written, "tokens_cached": cached}


@pytest.mark.promise("S-103")
def test_the_sums_of_the_page_are_those_of_the_ledger(alice: User, called: Called) -> None:
    run = new_id()
    with clock.frozen(MIDDLE):
        called("0.40", subject=run, **tokens(1_000, 200, 9_000))
        called("0.02", subject=run, call="generation.review_tester", model="claude-haiku-4-5", **tokens(500, 50))
        called("0.10", subject=run, own_key=True, **tokens(100, 10))
        called(None, subject=new_id(), provider="openai", model="gpt-next", **tokens(7, 3))
        called("0", subject=run, provider="offline", model="")
        called("5.00", ago=24 * 22)
        page = pages.usage_page(alice)
    assert (page.total.calls, page.total.unpriced, page.total.cost_usd) == (4, 1, Decimal("0.52"))
    assert page.total.tokens == 1_000 + 200 + 9_000 + 500 + 50 + 100 + 10 + 7 + 3
    assert [(row.name, row.model, row.own_key, row.calls, row.cost) for row in page.by_model] == [
        ("Anthropic", "claude-opus-5", False, 1, "$0.40"),
        ("Anthropic", "claude-opus-5", True, 1, "$0.10"),
        ("Anthropic", "claude-haiku-4-5", False, 1, "$0.02"),
        ("OpenAI", "gpt-next", False, 1, "unpriced"),
        ("Rule-based agents", "", False, 1, "$0.00"),
    ]
    assert page.by_model[0].cached_share == "90%"


def test_after_three_packages_the_page_says_three_and_what_is_left(as_alice: Client, alice: User, called: Called) -> None:
    SpendingLimit.objects.create(workspace=alice.workspace, month_usd=Decimal("10.00"))
    with clock.frozen(MIDDLE):
        for _ in range(3):
            run = new_id()
            metering.take(alice.workspace, run, stored_bytes=0)
            called("0.50", subject=run)
            called("0.25", subject=run, call="generation.prose", part="prose:BRIEF.md")
        called("0.75", subject=new_id(), call="interviews.note_facts")
        said = words(as_alice)
    assert "Generations begun 3 " in said
    assert "Spent $3.00" in said
    assert "Left this month $7.00 until 1 December" in said
    assert "Prose: BRIEF.md" in said


def test_a_page_without_calls_says_so(as_alice: Client) -> None:
    said = words(as_alice)
    assert "Spent $0.00" in said
    assert "No model was asked this month." in said
    assert "No limit set one below" in said


def test_an_unpriced_call_is_never_shown_as_nothing(as_alice: Client, called: Called) -> None:
    with clock.frozen(MIDDLE):
        called(None, **tokens(7, 3))
        said = words(as_alice)
    assert "Spent Unpriced" in said
    assert "1 call without a known cost." in said
    assert "$0.00" not in said


def test_a_call_that_cost_almost_nothing_is_not_shown_as_nothing(as_alice: Client, called: Called) -> None:
    with clock.frozen(MIDDLE):
        called("0.000420")
        said = words(as_alice)
    assert "Spent under $0.01" in said
    assert "$0.00" not in said


def test_the_error_rate_counts_ended_calls_by_how_they_ended(alice: User, called: Called) -> None:
    with clock.frozen(MIDDLE):
        for _ in range(6):
            called()
        called(outcome=ModelCall.Outcome.REPAIRED)
        called(state=ModelCall.State.FAILED, outcome=ModelCall.Outcome.BUSY)
        called(state=ModelCall.State.FAILED, outcome=ModelCall.Outcome.BUSY)
        called(state=ModelCall.State.FAILED, outcome=ModelCall.Outcome.LATE)
        called(state=ModelCall.State.ASKED, outcome="")
        page = pages.usage_page(alice)
    assert page.failed == "30%"
    assert page.under_way == 1
    assert [(ending.label, ending.calls, ending.share) for ending in page.endings] == [
        ("A good answer", 6, "60%"),
        ("The vendor was busy or had a fault", 2, "20%"),
        ("A good answer after one repair", 1, "10%"),
        ("No answer in time", 1, "10%"),
    ]


def test_months_before_come_from_their_sums_the_newest_first(alice: User) -> None:
    for month, model, cost in (("2026-09-01", "a", "1.00"), ("2026-10-01", "a", "2.00"), ("2026-10-01", "b", "0.50")):
        UsageMonth.objects.create(
            workspace=alice.workspace,
            month=dt.date.fromisoformat(month),
            provider="openai",
            model=model,
            calls=10,
            unpriced=2 if model == "b" else 0,
            tokens_in=100,
            tokens_out=10,
            cost_usd=Decimal(cost),
        )
    with clock.frozen(MIDDLE):
        found = pages.usage_page(alice).months
    assert [(row.name, row.calls, row.tokens, row.cost) for _, row in found] == [
        ("October 2026", 20, 220, "$2.50 and 2 unpriced calls"),
        ("September 2026", 10, 110, "$1.00"),
    ]


def test_the_newest_fifty_calls_are_listed_with_key_stand_in_and_redactions(
    as_alice: Client, alice: User, called: Called
) -> None:
    with clock.frozen(MIDDLE):
        for hour in range(60):
            called("0.01", ago=hour)
        newest = called(
            "0.30", provider="openai", model="gpt-5.6", instead_of="anthropic", part="review:tester", **tokens(12_400, 900)
        )
        RedactionCount.objects.create(call=newest, kind="api-key", count=2)
        RedactionCount.objects.create(call=newest, kind="password", count=1)
        lines = pages.usage_page(alice).lines
        said = words(as_alice)
    assert len(lines) == 50
    assert lines[0].call == newest
    assert "instead of Anthropic" in said
    assert "12,400 900 $0.30 A good answer 3 secrets taken out" in said
    assert "The 40 calls before" in said


def test_nobody_sees_the_usage_of_another(as_alice: Client, charlie: User, called: Called) -> None:
    with clock.frozen(MIDDLE):
        called("4.44", workspace=charlie.workspace, model="model-of-charlie", **tokens(1, 1))
        SpendingLimit.objects.create(workspace=charlie.workspace, month_usd=Decimal("7.77"))
        UsageMonth.objects.create(workspace=charlie.workspace, month=dt.date(2026, 10, 1), provider="openai", calls=1)
        said = words(as_alice)
    assert "model-of-charlie" not in said
    assert "4.44" not in said
    assert "7.77" not in said
    assert "October" not in said


def test_a_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 302
    assert "/sign-in/" in answer.headers["Location"]


def test_the_number_of_queries_does_not_grow_with_the_calls(
    as_alice: Client, called: Called, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for model in ("a", "b", "c", "d", "e"):
        for hour in range(10):
            called("0.01", model=model, ago=hour)
    with django_assert_max_num_queries(20):
        as_alice.get(ADDRESS)


# --- limits -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "run", "month"),
    [
        ({"run_usd": "2.50", "month_usd": "40"}, Decimal("2.50"), Decimal("40.00")),
        ({"run_usd": " $2.50 ", "month_usd": "1,200"}, Decimal("2.50"), Decimal("1200.00")),
        ({"run_usd": "", "month_usd": "0"}, None, Decimal("0.00")),
        ({}, None, None),
    ],
)
def test_limits_are_saved_as_people_write_them(
    as_alice: Client, alice: User, given: dict[str, str], run: Decimal | None, month: Decimal | None
) -> None:
    SpendingLimit.objects.create(workspace=alice.workspace, run_usd=Decimal(9), month_usd=Decimal(9))
    answer = as_alice.post(ADDRESS, given)
    assert (answer.status_code, answer.headers["Location"]) == (303, ADDRESS)
    limit = SpendingLimit.objects.get()
    assert (limit.workspace, limit.run_usd, limit.month_usd) == (alice.workspace, run, month)
    assert "Your limits are saved." in words(as_alice)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("much", "Write an amount in US dollars such as 12.50, or leave it empty."),
        ("-1", "Write 0 or more, or leave it empty."),
        ("1.999", "Write no more than two digits after the point."),
        ("1234567890", "This is more than a limit can be. Leave it empty for no limit."),
        ("NaN", "Write an amount in US dollars such as 12.50, or leave it empty."),
    ],
)
def test_a_wrong_limit_is_named_beside_its_field_and_nothing_is_saved(as_alice: Client, wrong: str, sentence: str) -> None:
    answer = as_alice.post(ADDRESS, {"run_usd": "1.00", "month_usd": wrong})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert f'value="{wrong}"' in page
    assert not SpendingLimit.objects.exists()


def test_limits_that_hold_are_shown_with_what_is_held(as_alice: Client, alice: User, called: Called, settings: Settings) -> None:
    settings.LLM_CAP_RUN_USD, settings.LLM_CAP_MONTH_USD = Decimal("3.00"), Decimal("50.00")
    SpendingLimit.objects.create(workspace=alice.workspace, month_usd=Decimal("10.00"))
    with clock.frozen(MIDDLE):
        called("4.00")
        called("0", state=ModelCall.State.ASKED, outcome="", estimate_usd=Decimal("1.50"))
        said = words(as_alice)
    assert "Yours, a month $10.00 $4.00 $1.50 $4.50" in said
    assert "This service's, a month $50.00 $4.00 $1.50 $44.50" in said
    assert "This service's, one run or interview $3.00" in said


def test_with_an_own_key_the_service_s_limits_are_not_shown(as_alice: Client, alice: User, settings: Settings) -> None:
    settings.LLM_CAP_MONTH_USD = Decimal("50.00")
    OwnKey.objects.create(workspace=alice.workspace, provider="anthropic", sealed="-", last_four="abcd")
    said = words(as_alice)
    assert "This service's" not in said
    assert "No limit set one below" in said
