"""A statement that is made once gives what the ORM gives, on both databases, and writes what the ORM writes."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum, Value

from accounts.models import User, Workspace
from ground import clock, stream
from ground.models import LogEntry
from ground.statements import FLAG, MOMENT, MONEY, NUMBER, TEXT, UUID, Each, Select, Update, insert, write_each
from llm.models import ModelCall, UsageMonth

ROOT = Path(__file__).resolve().parents[2]

CALLS = Select(
    lambda workspace, providers: ModelCall.objects.filter(workspace_id=workspace, provider__in=providers).order_by(
        "started_at", "part"
    ),
    workspace=UUID,
    providers=Each(TEXT),
)
VALUES = Select(
    lambda since, own: (
        ModelCall.objects.filter(started_at__gte=since, own_key=own).order_by("part").values("part", "cost_usd", "pk")
    ),
    since=MOMENT,
    own=FLAG,
)
PARTS = Select(lambda least: ModelCall.objects.filter(tokens_in__gte=least).values_list("part", flat=True), least=NUMBER)
PAIRS = Select(
    lambda most: ModelCall.objects.filter(cost_usd__lte=most).order_by("-tokens_in").values_list("part", "started_at")[:2],
    most=MONEY,
)
SUMS = Select(
    lambda workspace: (
        ModelCall.objects.filter(workspace_id=workspace)
        .order_by()
        .values(all=Value(1))
        .annotate(tokens=Sum(F("tokens_in") + F("tokens_out")), usd=Sum("cost_usd"), calls=Count("pk"))
    ),
    workspace=UUID,
)
LOCKED = Select(lambda ids: Workspace.objects.select_for_update().filter(pk__in=ids).order_by("pk"), ids=Each(UUID))
DEFERRED = Select(lambda call: ModelCall.objects.defer("tier").filter(pk=call), call=UUID)
DEARER = Update(
    lambda calls, more, now: (
        ModelCall.objects.filter(pk__in=calls),
        {"cost_usd": F("cost_usd") + more, "finished_at": now, "tier": "", "estimate_usd": None},
    ),
    calls=Each(UUID),
    more=MONEY,
    now=MOMENT,
)


def the_same_as_the_orm() -> str:
    """Compares each kind of statement with the ORM twice, the second time with other values; used on both databases."""
    workspace = User.objects.create_user(f"{uuid.uuid4().hex}@example.org").workspace
    now = clock.now()
    made = [_call(workspace, number, now) for number in range(4)]
    insert(made)
    assert [one.pk for one in ModelCall.objects.order_by("part")] == [one.pk for one in made]
    first = ModelCall.objects.get(pk=made[0].pk)
    assert {one.attname: getattr(first, one.attname) for one in first._meta.concrete_fields} == {
        one.attname: getattr(made[0], one.attname) for one in first._meta.concrete_fields
    }
    for providers in ({"anthropic"}, {"anthropic", "openai"}, {"nobody"}):
        theirs = ModelCall.objects.filter(workspace_id=workspace.pk, provider__in=providers).order_by("started_at", "part")
        ours = CALLS(workspace=workspace.pk, providers=providers)
        assert [_all(one) for one in ours] == [_all(one) for one in theirs]
        assert all(not one._state.adding for one in ours)
    for minutes, own in ((1, False), (3, True)):
        since = now + dt.timedelta(minutes=minutes)
        wanted = ModelCall.objects.filter(started_at__gte=since, own_key=own).order_by("part").values("part", "cost_usd", "pk")
        assert VALUES(since=since, own=own) == list(wanted)
    assert set(PARTS(least=102)) == {"2", "3"}
    assert PAIRS(most=Decimal("0.003")) == [(one.part, one.started_at) for one in (made[3], made[2])]
    assert SUMS(workspace=workspace.pk) == [{"all": 1, "tokens": 4 * 107 + 6, "usd": Decimal("0.006"), "calls": 4}]
    assert SUMS(workspace=uuid.uuid4())[0]["calls"] == 0
    with transaction.atomic():
        assert LOCKED(ids=[workspace.pk]) == [workspace]
    [deferred] = DEFERRED(call=made[1].pk)
    assert deferred.get_deferred_fields() == {"tier"}
    assert DEFERRED.first(call=uuid.uuid4()) is None
    _writes(workspace, made, now)
    return "the same"


def _writes(workspace: Workspace, made: list[ModelCall], now: dt.datetime) -> None:
    assert DEARER(calls=[made[0].pk, made[1].pk], more=Decimal("0.5"), now=now) == 2
    assert DEARER(calls=[made[2].pk], more=Decimal("0.25"), now=now) == 1
    assert DEARER(calls=[], more=Decimal("0.25"), now=now) == 0
    costs = dict(ModelCall.objects.filter(workspace=workspace).values_list("part", "cost_usd"))
    assert costs == {"0": Decimal("0.5"), "1": Decimal("0.501"), "2": Decimal("0.252"), "3": Decimal("0.003")}
    assert ModelCall.objects.get(pk=made[2].pk).finished_at == now
    write_each(
        ModelCall, ({"id": one.pk, "part": "0", "tokens_in": place} for place, one in enumerate(made)), where=["id", "part"]
    )
    assert ModelCall.objects.get(pk=made[0].pk).tokens_in == 0, "the row of part 0 was to be written"
    assert ModelCall.objects.get(pk=made[1].pk).tokens_in == 101, "a row of another part was not"
    stream.append_alone("a stream", ("news", {"text": "one"}), ("news", {"text": "two"}))
    stream.append_alone("a stream", ("over", {}))
    assert list(LogEntry.objects.filter(stream="a stream").order_by("sequence").values_list("sequence", "kind", "payload")) == [
        (1, "news", {"text": "one"}),
        (2, "news", {"text": "two"}),
        (3, "over", {}),
    ]


def _call(workspace: Workspace, number: int, now: dt.datetime) -> ModelCall:
    return ModelCall(
        workspace=workspace,
        call="generation.vision",
        version=1,
        subject=uuid.uuid4(),
        part=str(number),
        provider="anthropic" if number % 2 else "openai",
        own_key=number == 3,
        tokens_in=100 + number,
        tokens_out=7,
        cost_usd=Decimal(number) / 1000,
        started_at=now + dt.timedelta(minutes=number),
    )


def _all(row: Any) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}


@pytest.mark.django_db
def test_what_is_made_once_gives_and_writes_what_the_orm_does_on_sqlite() -> None:
    assert the_same_as_the_orm() == "the same"


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_what_is_made_once_gives_and_writes_what_the_orm_does_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from tests.ground.test_statements import the_same_as_the_orm\n"
        "print(the_same_as_the_orm())\n"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "SPECSTEP_DEBUG": "true",
        "SPECSTEP_DATA_DIR": str(tmp_path),
        "DATABASE_URL": postgres_url,
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "the same", done.stderr


@pytest.mark.django_db
def test_a_statement_is_made_once_for_each_number_of_values() -> None:
    made: list[int] = []

    def build(providers: list[Any]) -> Any:
        made.append(len(providers))
        return UsageMonth.objects.filter(provider__in=providers).values("pk")

    months = Select(build, providers=Each(TEXT))
    for names in (["a"], ["b"], ["a", "b"], ["c", "d"], []):
        months(providers=names)
    assert made == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused_where_there_are_locks() -> None:
    with transaction.atomic():
        LOCKED(ids=[uuid.uuid4()])
    from django.db import connection

    if connection.features.has_select_for_update:
        with pytest.raises(transaction.TransactionManagementError, match="outside of a transaction"):
            LOCKED(ids=[uuid.uuid4()])
    else:
        assert LOCKED(ids=[uuid.uuid4()]) == []


@pytest.mark.django_db
def test_wrong_names_and_none_are_refused_in_words() -> None:
    with pytest.raises(TypeError, match="takes workspace, providers; it was given workspace"):
        CALLS(workspace=uuid.uuid4())
    with pytest.raises(ValueError, match="was given None"):
        SUMS(workspace=None)
    joined = Select(lambda call: ModelCall.objects.select_related("workspace").filter(pk=call), call=UUID)
    with pytest.raises(TypeError, match="cannot give what ModelCall"):
        joined(call=uuid.uuid4())
