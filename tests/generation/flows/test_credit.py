"""A step under a limit: it waits for calls under way, and stops its run when only a higher limit can help."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.models import SpendingLimit
from generation.flows import running
from generation.models import Run, Step
from generation.steps import Bench, Result, Work
from ground import clock
from llm.models import ModelCall


def _pay(bench: Bench) -> Result:
    bench.purse.authorize(call="generation.vision", estimate_usd=Decimal("0.60"))
    return {"sum": 1}


WORKS = {"add": Work(1, _pay)}


@pytest.fixture
def other(run: Run) -> ModelCall:
    """Another call of the run, under way, which may cost $1.50 of its $2.00."""
    SpendingLimit.objects.create(workspace=run.workspace, run_usd=Decimal("2.00"))
    return ModelCall.objects.create(
        workspace=run.workspace,
        subject=run.pk,
        call="generation.prose",
        version=1,
        provider="anthropic",
        estimate_usd=Decimal("1.50"),
        started_at=clock.now(),
    )


def first(run: Run) -> Step:
    return run.steps.get(key="first")


def test_a_step_waits_for_calls_under_way_without_that_counting_as_a_try(run: Run, other: ModelCall) -> None:
    assert running.work(first(run).pk, works=WORKS)
    aside = first(run)
    assert (aside.state, aside.tries) == (Step.State.READY, 0)
    assert "$1.50 is held for calls under way" in aside.trouble
    assert running.due(run) == []
    other.state, other.cost_usd = ModelCall.State.ANSWERED, Decimal("0.20")
    other.save()
    with clock.moved(dt.timedelta(seconds=running.CREDIT_LOOK_SECONDS + 1)):
        assert running.work(first(run).pk, works=WORKS)
    assert first(run).state == Step.State.DONE


def test_a_step_that_only_a_higher_limit_can_help_stops_the_run_at_once(run: Run, other: ModelCall) -> None:
    other.state, other.cost_usd = ModelCall.State.ANSWERED, Decimal("1.50")
    other.save()
    running.work(first(run).pk, works=WORKS)
    run.refresh_from_db()
    assert (first(run).state, run.state) == (Step.State.FAILED, Run.State.FAILED)
    assert run.trouble.startswith(
        "Your limit of $2.00 for one run or interview would be passed: $1.50 is spent, and the next call"
    )
