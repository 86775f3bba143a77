"""The purse that keeps limits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.models import SpendingLimit
from billing.purses import purse_for
from ground import clock
from ground.rows import new_id
from llm.models import ModelCall, OwnKey
from llm.purse import OutOfCredit, Purse
from tests.billing.conftest import Called

RUN = new_id()


@pytest.fixture
def purse(alice: User) -> Purse:
    return purse_for(alice.workspace.pk, subject=RUN)


def limit(owner: User, run: str | None = None, month: str | None = None) -> None:
    SpendingLimit.objects.create(
        workspace=owner.workspace,
        run_usd=None if run is None else Decimal(run),
        month_usd=None if month is None else Decimal(month),
    )


def allows(purse: Purse, estimate: str | None) -> bool:
    try:
        purse.authorize(call="generation.vision", estimate_usd=None if estimate is None else Decimal(estimate))
    except OutOfCredit:
        return False
    return True


def test_without_a_limit_everything_is_allowed_unpriced_models_too(purse: Purse, called: Called) -> None:
    called("900", subject=RUN)
    assert allows(purse, "100")
    assert allows(purse, None)


def test_the_owner_s_limit_of_a_run_counts_this_run_only(alice: User, purse: Purse, called: Called) -> None:
    limit(alice, run="2.00")
    called("1.50", subject=RUN)
    called("5.00", subject=new_id())
    assert allows(purse, "0.50")
    assert not allows(purse, "0.51")


def test_the_owner_s_limit_of_a_month_counts_all_runs_of_this_month(alice: User, purse: Purse, called: Called) -> None:
    limit(alice, month="10.00")
    with clock.frozen(dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)):
        called("4.00", subject=new_id(), ago=24)
        called("5.00", subject=RUN)
        called("90.00", subject=RUN, ago=24 * 21)
        assert allows(purse, "1.00")
        assert not allows(purse, "1.01")
    with clock.frozen(dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)):
        assert allows(purse, "10.00")


def test_calls_under_way_hold_what_they_may_cost_for_an_hour(alice: User, purse: Purse, called: Called) -> None:
    limit(alice, run="2.00")
    asked = {"state": ModelCall.State.ASKED, "outcome": "", "estimate_usd": Decimal("0.90")}
    called("0", subject=RUN, ago=0.5, **asked)
    called("0", subject=RUN, ago=1.5, **asked)
    assert allows(purse, "1.10")
    assert not allows(purse, "1.11")


def test_other_people_s_calls_do_not_count(alice: User, charlie: User, purse: Purse, called: Called) -> None:
    limit(alice, month="2.00")
    called("50.00", workspace=charlie.workspace)
    assert allows(purse, "2.00")


def test_the_service_s_limits_hold_where_the_owner_set_none(purse: Purse, called: Called, settings: Settings) -> None:
    settings.LLM_CAP_RUN_USD, settings.LLM_CAP_MONTH_USD = Decimal("3.00"), Decimal("4.00")
    called("2.50", subject=RUN)
    assert allows(purse, "0.50")
    assert not allows(purse, "0.60")
    called("1.40", subject=new_id())
    assert not allows(purse, "0.50")


def test_the_lower_of_both_limits_holds(alice: User, purse: Purse, settings: Settings) -> None:
    settings.LLM_CAP_RUN_USD = Decimal("3.00")
    limit(alice, run="9.00")
    assert not allows(purse, "4.00")
    SpendingLimit.objects.update(run_usd=Decimal("1.00"))
    assert not allows(purse, "2.00")
    assert allows(purse, "1.00")


def test_an_own_key_is_bound_by_the_owner_s_limits_only(alice: User, called: Called, settings: Settings) -> None:
    settings.LLM_CAP_RUN_USD, settings.LLM_CAP_MONTH_USD = Decimal("0.10"), Decimal("0.10")
    own = purse_for(alice.workspace.pk, subject=RUN, own_key=True)
    assert allows(own, "5.00")
    limit(alice, month="6.00")
    called("1.50", own_key=True)
    assert not allows(own, "5.00")
    assert allows(own, "4.50")


def test_who_brought_a_key_is_bound_by_their_own_limits_only(alice: User, purse: Purse, settings: Settings) -> None:
    settings.LLM_CAP_RUN_USD = Decimal("0.10")
    assert not allows(purse, "5.00")
    OwnKey.objects.create(workspace=alice.workspace, provider="anthropic", sealed="-", last_four="abcd")
    assert allows(purse, "5.00")


def test_calls_with_an_own_key_do_not_use_up_the_service_s_limit(purse: Purse, called: Called, settings: Settings) -> None:
    settings.LLM_CAP_MONTH_USD = Decimal("2.00")
    called("50.00", own_key=True)
    assert allows(purse, "2.00")


def test_an_unpriced_model_is_refused_under_a_limit_with_a_reason(alice: User, purse: Purse) -> None:
    limit(alice, run="2.00")
    with pytest.raises(OutOfCredit, match="price of the model is not known") as refused:
        purse.authorize(call="generation.vision", estimate_usd=None)
    assert refused.value.permanent


def test_the_agents_that_cost_nothing_work_when_all_is_spent(alice: User, purse: Purse, called: Called) -> None:
    limit(alice, run="0.00", month="0.00")
    called("1.00", subject=RUN)
    assert allows(purse, "0")


def test_a_refusal_that_passes_by_itself_is_tried_again(alice: User, purse: Purse, called: Called) -> None:
    limit(alice, run="2.00")
    called("0", subject=RUN, state=ModelCall.State.ASKED, outcome="", estimate_usd=Decimal("1.50"))
    with pytest.raises(OutOfCredit) as refused:
        purse.authorize(call="generation.vision", estimate_usd=Decimal("1.00"))
    assert not refused.value.permanent


def test_without_a_subject_only_the_month_is_kept(alice: User, called: Called) -> None:
    limit(alice, run="1.00", month="5.00")
    purse = purse_for(alice.workspace.pk, subject=None)
    called("3.00")
    assert allows(purse, "2.00")
    assert not allows(purse, "2.01")


def test_a_run_begun_with_an_own_key_stays_with_own_keys(alice: User, called: Called) -> None:
    called("0.10", subject=RUN)
    assert not purse_for(alice.workspace.pk, subject=RUN).own_key
    called("0.10", subject=RUN, own_key=True)
    assert purse_for(alice.workspace.pk, subject=RUN).own_key
    assert not purse_for(alice.workspace.pk, subject=new_id()).own_key


def test_an_interview_goes_on_with_the_managed_service_after_a_key_is_revoked(alice: User, called: Called) -> None:
    interview = new_id()
    called("0.10", subject=interview, call="interviews.note_facts", own_key=True)
    assert not purse_for(alice.workspace.pk, subject=interview).own_key
