"""Sums of the month: right at once, right after the single calls are gone, and silent about single calls."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from accounts.models import User
from ground import clock
from llm import sweeping, usage
from llm.models import ModelCall, UsageMonth
from tests.llm.money.ledger import entry

MARCH = dt.datetime(2026, 3, 17, 9, 30, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def booked(entries: list[ModelCall]) -> None:
    for one in entries:
        usage.book(one)


def test_a_call_is_added_to_the_sum_of_its_month_vendor_and_model(alice: User) -> None:
    booked([entry(alice.workspace.pk, at=MARCH) for _ in range(3)])
    booked([entry(alice.workspace.pk, at=MARCH, state=ModelCall.State.FAILED, outcome="busy", cost_usd=Decimal("0.002"))])
    month = UsageMonth.objects.get()
    assert (month.month, month.provider, month.model) == (dt.date(2026, 3, 1), "anthropic", "claude-opus-5")
    assert (month.calls, month.failed, month.unpriced) == (4, 1, 0)
    assert (month.tokens_in, month.tokens_out, month.tokens_cached, month.tokens_cache_written) == (4_000, 800, 1_200, 160)
    assert month.cost_usd == Decimal("0.0332")


def test_a_call_counts_in_the_month_it_was_begun_in(alice: User) -> None:
    midnight = dt.datetime(2026, 3, 31, 23, 59, 59, tzinfo=dt.UTC)
    booked([entry(alice.workspace.pk, at=midnight)])
    assert UsageMonth.objects.get().month == dt.date(2026, 3, 1)


def test_a_call_without_a_price_is_counted_and_not_shown_as_free(alice: User) -> None:
    booked([entry(alice.workspace.pk, at=MARCH), entry(alice.workspace.pk, at=MARCH, cost_usd=None)])
    month = UsageMonth.objects.get()
    assert (month.calls, month.unpriced, month.cost_usd) == (2, 1, Decimal("0.0104"))


def test_own_keys_models_and_workspaces_are_summed_apart(alice: User, charlie: User) -> None:
    booked(
        [
            entry(alice.workspace.pk, at=MARCH),
            entry(alice.workspace.pk, at=MARCH, own_key=True),
            entry(alice.workspace.pk, at=MARCH, model="claude-sonnet-5"),
            entry(charlie.workspace.pk, at=MARCH),
        ]
    )
    assert UsageMonth.objects.count() == 4
    assert UsageMonth.objects.visible_to(alice).count() == 3


@pytest.mark.promise("S-105")
def test_the_sum_is_right_when_the_calls_are_gone_lives_seven_years_and_tells_of_no_single_call(alice: User) -> None:
    mine = alice.workspace.pk
    booked([entry(mine, at=MARCH + dt.timedelta(hours=hour)) for hour in range(6)])
    booked([entry(mine, at=MARCH, model="claude-sonnet-5", cost_usd=Decimal("0.003333"))])
    booked([entry(mine, at=MARCH, provider="openai", model="gpt-5.6", cost_usd=None) for _ in range(2)])
    before = UsageMonth.objects.aggregate(calls=Sum("calls"), cost=Sum("cost_usd"), unpriced=Sum("unpriced"))

    with clock.frozen(MARCH + dt.timedelta(days=91)):
        sweeping.sweep()
    assert not ModelCall.objects.exists()
    assert UsageMonth.objects.filter(model="claude-sonnet-5").exists(), "calls of late March are still kept, so is the detail"

    with clock.frozen(dt.datetime(2026, 6, 30, tzinfo=dt.UTC)):
        sweeping.sweep()
        sweeping.sweep()
    after = UsageMonth.objects.aggregate(calls=Sum("calls"), cost=Sum("cost_usd"), unpriced=Sum("unpriced"))
    assert after == before == {"calls": 9, "cost": Decimal("0.065733"), "unpriced": 2}
    assert sorted(UsageMonth.objects.values_list("provider", "model", "calls", "tokens_in")) == [
        ("anthropic", "claude-opus-5", 6, 6_000),
        ("other", "", 3, 0),
    ], "fewer than five calls are named neither by vendor, model nor tokens"
    kept = {field.name for field in UsageMonth._meta.get_fields()}
    assert not kept & {"call", "subject", "part", "started_at", "finished_at"}

    with clock.frozen(dt.datetime(2033, 3, 31, 12, tzinfo=dt.UTC)):
        sweeping.sweep()
    assert UsageMonth.objects.count() == 2, "the month has not ended seven years ago"
    with clock.frozen(dt.datetime(2033, 4, 1, 0, 0, tzinfo=dt.UTC)):
        sweeping.sweep()
    assert not UsageMonth.objects.exists()


def test_sums_of_few_calls_that_are_many_together_keep_their_tokens(alice: User) -> None:
    for model in ("claude-opus-5", "claude-sonnet-5"):
        booked([entry(alice.workspace.pk, at=MARCH, model=model) for _ in range(3)])
    assert usage.fold(dt.date(2026, 3, 1)) == 2
    other = UsageMonth.objects.get()
    assert (other.provider, other.model, other.calls, other.tokens_in) == ("other", "", 6, 6_000)
    assert usage.fold(dt.date(2026, 3, 1)) == 0


BOOK_AT_ONCE = """
import threading, uuid, datetime as dt, django
from decimal import Decimal
django.setup()
from django.db import connection, transaction
from accounts.models import User
from llm import usage
from llm.models import ModelCall, UsageMonth
from ground import clock
workspace = User.objects.create_user("alice@example.org", "Alice").workspace.pk
ready = threading.Barrier(20)
def one():
    entry = ModelCall(workspace_id=workspace, call="a.b", version=1, provider="anthropic", model="claude-opus-5",
                      state="answered", tokens_in=7, cost_usd=Decimal("0.01"), started_at=clock.now())
    ready.wait()
    with transaction.atomic():
        entry.save()
        usage.book(entry)
    connection.close()
threads = [threading.Thread(target=one) for _ in range(20)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
print([(row.calls, row.tokens_in, str(row.cost_usd)) for row in UsageMonth.objects.all()])
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_twenty_calls_that_end_at_once_are_all_counted(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment = os.environ | {"SPECSTEP_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "specstep.settings"}
    environment["DATABASE_URL"] = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    environment["DATABASE_POOL"], environment["SPECSTEP_DEBUG"] = "25", "1"

    def run(*arguments: str) -> str:
        done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("manage.py", "migrate", "--verbosity", "0")
    assert run("-c", BOOK_AT_ONCE).strip() == "[(20, 140, '0.200000')]"
