"""Generations are counted when they begin, refused where the plan holds no more, and given back when we are to blame."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import Settings

from accounts.flows import preferring
from accounts.models import Message, User
from billing import catalogue
from billing.flows import metering, overcharging, reconciling
from billing.flows.metering import QuotaReached
from billing.models import CountedRun, QuotaPeriod
from generation.flows import cancelling, recording, ringing, starting
from generation.models import Package, Run
from ground import clock
from ground.rows import new_id
from interviews.models import Interview
from llm.models import ModelCall
from tests.billing.shop import Shop
from tests.billing.test_many_at_once import told_by

pytestmark = pytest.mark.django_db
MIDDLE = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)


def interview_of(user: User) -> Interview:
    return Interview.objects.create(workspace=user.workspace, title="Desk", state=Interview.State.CLOSED)


def begin(user: User) -> Run:
    with ringing.silence():
        return starting.start(interview_of(user), provider="offline", actor=user)


def used(user: User) -> int:
    row = QuotaPeriod.objects.filter(workspace=user.workspace).order_by("-starts_at").first()
    return row.used if row else 0


@pytest.mark.promise("S-130")
def test_as_many_begin_as_the_plan_holds_then_the_reason_and_the_day(as_alice: Client, alice: User, shop: Shop) -> None:
    with clock.frozen(MIDDLE):
        for _ in range(3):
            begin(alice)
        interview = interview_of(alice)
        page = as_alice.get(f"/interviews/{interview.pk}/").content.decode()
        answer = as_alice.post(f"/interviews/{interview.pk}/write/", follow=True).content.decode()
    sentence = "All 3 generations of the Free plan are used. The count begins anew on 1 December 2026 at 00:00 UTC"
    assert sentence in answer
    assert page
    assert (Run.objects.count(), used(alice), CountedRun.objects.count()) == (3, 3, 3)
    assert not ModelCall.objects.exists()
    with clock.frozen(dt.datetime(2026, 12, 1, tzinfo=dt.UTC)):
        with ringing.silence():
            starting.start(interview, provider="offline")
        assert used(alice) == 1


@pytest.mark.promise("S-130")
def test_the_count_begins_anew_with_the_period_of_the_subscription(alice: User, shop: Shop) -> None:
    shop.buy(alice, "team")
    with shop.now():
        begin(alice)
        assert used(alice) == 1
    shop.peer.advance(days=29, hours=23)
    with shop.now():
        begin(alice)
        assert used(alice) == 2
    shop.peer.advance(hours=2)
    with shop.now():
        # Nobody has told us of the renewal yet; the period is over all the same.
        begin(alice)
        assert used(alice) == 1
    shop.look(alice)
    with shop.now():
        begin(alice)
    assert used(alice) == 2, "what was counted before we heard of the renewal still counts"


def test_an_upgrade_counts_on_and_a_downgrade_takes_nothing_back(alice: User, shop: Shop) -> None:
    sub = shop.buy(alice, "team")
    with shop.now():
        for _ in range(26):
            metering.take(alice.workspace, new_id(), stored_bytes=0)
    shop.peer.change(sub, "price_pro")
    shop.look(alice)
    with shop.now(), pytest.raises(QuotaReached, match="All 25 generations of the Pro plan"):
        metering.take(alice.workspace, new_id(), stored_bytes=0)
    shop.peer.change(sub, "price_team")
    shop.look(alice)
    with shop.now():
        metering.take(alice.workspace, new_id(), stored_bytes=0)
    assert used(alice) == 27


@pytest.mark.parametrize(
    ("error", "own_key", "given_back"),
    [
        ("WorkerDied", False, True),
        ("TimeoutError", True, True),
        ("Faulty", False, True),
        ("Rejected", False, True),
        ("Rejected", True, False),
        ("OutOfCredit", False, False),
    ],
)
def test_a_run_that_fails_for_our_reasons_is_given_back_once(
    alice: User, shop: Shop, error: str, own_key: bool, given_back: bool
) -> None:
    run = begin(alice)
    Run.objects.filter(pk=run.pk).update(own_key=own_key)
    run.refresh_from_db()
    recording.end(run, Run.State.FAILED, "It stopped.", error=error)
    assert used(alice) == (0 if given_back else 1)
    assert not metering.give_back(run.pk) or not given_back
    assert used(alice) == 0


def test_a_run_that_its_owner_stops_stays_counted(alice: User, shop: Shop) -> None:
    cancelling.cancel(begin(alice))
    assert used(alice) == 1


def test_trying_again_counts_what_was_given_back_and_only_that(alice: User, shop: Shop) -> None:
    run = begin(alice)
    recording.end(run, Run.State.FAILED, "It stopped.", error="Faulty")
    assert used(alice) == 0
    with ringing.silence():
        starting.retry(run)
    assert used(alice) == 1
    recording.end(Run.objects.get(pk=run.pk), Run.State.FAILED, "It stopped.", error="OutOfCredit")
    with ringing.silence():
        starting.retry(run)
    assert used(alice) == 1
    recording.end(Run.objects.get(pk=run.pk), Run.State.FAILED, "It stopped.", error="Faulty")
    for _ in range(3):
        begin(alice)
    with pytest.raises(QuotaReached, match="All 3 generations"):
        starting.retry(run)
    assert Run.objects.get(pk=run.pk).state == "failed"


def test_a_start_that_fails_later_is_not_counted(alice: User, shop: Shop, settings: Settings) -> None:
    interview = interview_of(alice)
    with ringing.silence():
        starting.start(interview, provider="offline")
        with pytest.raises(Exception, match="being written already"):
            starting.start(interview, provider="offline")
    assert used(alice) == 1


def test_the_owner_is_told_once_when_most_is_used(alice: User, shop: Shop) -> None:
    preferring.choose(alice, {("quota.low", "email")})
    shop.buy(alice, "pro")
    with shop.now():
        for _ in range(19):
            metering.take(alice.workspace, new_id(), stored_bytes=0)
        assert not Message.objects.exists()
        for _ in range(3):
            metering.take(alice.workspace, new_id(), stored_bytes=0)
    message = Message.objects.get()
    assert (message.kind, message.about["used"], message.about["of"]) == ("quota.low", "20", "25")


def test_packages_that_fill_the_plan_stop_the_next_one(alice: User, shop: Shop) -> None:
    run = begin(alice)
    Package.objects.create(
        workspace=alice.workspace, run=run, interview=run.interview, number=1, title="Desk", grade="fair", sha256="0" * 64,
        blob="packages/x.zip", size=100_000_000,
    )  # fmt: skip
    with pytest.raises(QuotaReached, match="Your packages fill 100 MB of the 100 MB of the Free plan"):
        begin(alice)
    assert used(alice) == 1


@pytest.mark.promise("S-106")
def test_settings_show_what_was_begun_the_number_and_the_rest(as_alice: Client, alice: User, shop: Shop) -> None:
    with clock.frozen(MIDDLE):
        as_alice.force_login(alice)
        for _ in range(2):
            begin(alice)
        for address in ("/settings/plan/", "/settings/usage/"):
            page = " ".join(as_alice.get(address).content.decode().split())
            assert "2 <small" in page, address
            assert "of 3" in page, address
        plan = " ".join(as_alice.get("/settings/plan/").content.decode().split())
    assert '1 <small class="nowrap">until 1 December, 00:00</small>' in plan
    assert "3 left" not in plan
    assert "1 left until 1 December" in page


def test_more_than_the_plan_holds_is_paid_one_by_one_where_the_plan_says_so(
    alice: User, shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    given = yaml.safe_load(catalogue.FILE.read_text())
    given["plans"]["pro"] |= {"generations": 1, "overage_amount": 150, "trial_days": 0}
    (tmp_path / "plans.yaml").write_text(yaml.safe_dump(given))
    settings.PLANS_FILE = str(tmp_path / "plans.yaml")
    sub = shop.buy(alice, "pro")
    with shop.now():
        first, second, third = begin(alice), begin(alice), begin(alice)
        for run in (first, second):
            recording.end(run, Run.State.DONE)
        recording.end(third, Run.State.FAILED, "It stopped.", error="Faulty")
        shop.peer.faults = [500, 500, 500]
        assert overcharging.charge_due() == 0
        reconciling.sweep()
        reconciling.sweep()
    assert [(item["customer"], item["amount"], item["currency"]) for item in shop.peer.items] == [(sub.customer, 150, "usd")]


def test_without_a_key_nothing_is_refused_and_the_count_is_shown(as_alice: Client, alice: User) -> None:
    for _ in range(8):
        begin(alice)
    assert used(alice) == 8
    page = " ".join(as_alice.get("/settings/plan/").content.decode().split())
    assert '<h2 id="mine-title">Unmetered</h2>' in page
    assert "8 <small" in page


@pytest.mark.promise("S-130", "PR-058")
@pytest.mark.parametrize("database", ["laptop", pytest.param("postgres", marks=pytest.mark.servers)])
def test_of_ten_starts_for_the_last_one_one_succeeds(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    more = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if database == "postgres" else {}
    told: dict[str, Any] = told_by("tests.billing.quota_at_once", folder=tmp_path, STRIPE_SECRET_KEY="sk_test_of_nobody", **more)
    assert told == {"begun": 1, "refused": 9, "used": 3, "calls": 0, "places": 1, "no place": 11, "claims": 12}, json.dumps(told)
