"""What is kept of model calls goes when its time is over."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
from celery.schedules import crontab

from accounts.models import User
from ground import clock, register
from llm import sweeping
from llm.models import Exchange, ModelCall, RedactionCount, UsageMonth
from llm.tasks import sweep
from specstep import celery
from tests.llm.money.ledger import entry

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)


@pytest.mark.promise("S-104")
def test_a_call_of_89_days_stays_and_one_of_91_days_goes_with_all_that_names_it(alice: User) -> None:
    mine = alice.workspace.pk
    young, old = entry(mine, at=days_ago(89)), entry(mine, at=days_ago(91))
    for one in (young, old):
        RedactionCount.objects.create(call=one, kind="api-key", count=2)
        Exchange.objects.create(workspace_id=mine, key=str(one.pk), prompt_sha256="0" * 64, output={"said": 1}, call=one)
    swept = sweeping.sweep()
    assert swept.calls == 1
    assert list(ModelCall.objects.all()) == [young]
    assert list(RedactionCount.objects.values_list("call", flat=True)) == [young.pk]
    assert list(Exchange.objects.exclude(call=None).values_list("call", flat=True)) == [young.pk]


def test_more_calls_than_one_portion_go_in_one_night(alice: User) -> None:
    one = entry(alice.workspace.pk, at=days_ago(100))
    more = [
        ModelCall(**{f.attname: getattr(one, f.attname) for f in ModelCall._meta.fields if f.name != "id"}) for _ in range(1_200)
    ]
    ModelCall.objects.bulk_create(more)
    assert sweeping.sweep().calls == 1_201


def test_an_answer_goes_after_30_days_unless_somebody_asks_for_it_just_now(alice: User) -> None:
    mine = alice.workspace.pk

    def answer(key: str, days: float, **fields: object) -> None:
        made = Exchange.objects.create(workspace_id=mine, key=key, prompt_sha256="0" * 64, output={"said": 1}, **fields)
        Exchange.objects.filter(pk=made.pk).update(created_at=days_ago(days))

    answer("young", 29)
    answer("old", 31)
    answer("old and asked for", 31, lease_until=clock.now() + dt.timedelta(minutes=1))
    assert sweeping.sweep().answers == 1
    assert set(Exchange.objects.values_list("key", flat=True)) == {"young", "old and asked for"}


class TestACallWithoutAnEnd:
    def asked(self, alice: User, hours: float, **fields: object) -> ModelCall:
        state = {"state": ModelCall.State.ASKED, "outcome": "", "finished_at": None, "tokens_in": 0, "tokens_out": 0}
        return entry(alice.workspace.pk, at=clock.now() - dt.timedelta(hours=hours), **(state | fields))

    def test_is_lost_after_two_hours_and_its_cost_is_unknown(self, alice: User) -> None:
        self.asked(alice, 2.1)
        assert sweeping.sweep().lost == 1
        lost = ModelCall.objects.get()
        assert (lost.state, lost.outcome, lost.cost_usd) == ("failed", "lost", None)
        assert lost.finished_at is not None
        month = UsageMonth.objects.get()
        assert (month.calls, month.failed, month.unpriced) == (1, 1, 1)
        assert sweeping.sweep().lost == 0, "it is counted once"

    def test_of_a_rule_based_agent_cost_nothing_and_is_in_no_sum(self, alice: User) -> None:
        self.asked(alice, 3, provider="offline", model="")
        assert sweeping.sweep().lost == 1
        assert ModelCall.objects.get().cost_usd == 0
        assert not UsageMonth.objects.exists()

    def test_is_left_alone_before(self, alice: User) -> None:
        self.asked(alice, 1.9)
        assert sweeping.sweep().lost == 0
        assert ModelCall.objects.get().state == "asked"

    def test_is_left_alone_while_somebody_holds_its_question(self, alice: User) -> None:
        Exchange.objects.create(
            workspace_id=alice.workspace.pk,
            key=str(uuid.uuid4()),
            prompt_sha256="0" * 64,
            call=self.asked(alice, 3),
            lease_until=clock.now() + dt.timedelta(seconds=30),
        )
        assert sweeping.sweep().lost == 0

    def test_is_not_deleted_without_having_been_counted(self, alice: User) -> None:
        Exchange.objects.create(
            workspace_id=alice.workspace.pk,
            key="held",
            prompt_sha256="0" * 64,
            call=self.asked(alice, 24 * 91),
            lease_until=clock.now() + dt.timedelta(seconds=30),
        )
        assert sweeping.sweep().calls == 0


def test_the_beat_sends_the_sweep_every_night() -> None:
    planned = celery.app.conf.beat_schedule["llm.sweep"]
    assert planned == {"task": sweep.name, "schedule": crontab(hour="3", minute="10")}


def test_the_task_sweeps(alice: User) -> None:
    entry(alice.workspace.pk, at=days_ago(91))
    sweep()
    assert not ModelCall.objects.exists()


def test_what_the_register_says_is_what_the_sweep_does() -> None:
    kept = {one.name: one.kept for one in register.declared()}
    said = {"Model calls": f"{sweeping.CALLS_KEPT.days} days", "Answers of models": f"{sweeping.ANSWERS_KEPT.days} days"}
    said["Usage by month"] = f"{sweeping.SUMS_KEPT_YEARS} years"
    assert {name: kept[name] for name in said} == said, json.dumps(kept)
