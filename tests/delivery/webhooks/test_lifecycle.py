"""Each change of a generation is one event, in the transaction of the change, once per subscription (S-061)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from delivery.models import Channel, Delivery, Dispatch, Event
from delivery.signals import package_delivered
from generation.flows import cancelling, running, starting
from generation.models import Package, Run, Step
from generation.signals import package_deleted, run_finished, run_started
from generation.steps import Bench, Result, Work
from ground import clock
from interviews.models import Interview
from tests.delivery.webhooks.conftest import Subscribe, work_all
from tests.delivery.webhooks.receiver import Receiver
from tests.generation.flows.conftest import evidence
from tests.packages import written

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    """One step, ready."""
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk", state=Interview.State.CLOSED)
    made = Run.objects.create(
        workspace=alice.workspace,
        interview=interview,
        number=1,
        evidence=evidence().model_dump(mode="json"),
        evidence_sha256="0" * 64,
        frozen_at=clock.now(),
    )
    Step.objects.create(run=made, key="only", kind="only", lane="decide", title="Only", position=0, state=Step.State.READY)
    return made


def break_down(bench: Bench) -> Result:
    raise RuntimeError("broken")


FAILS, WORKS = {"only": Work(1, break_down)}, {"only": Work(1, lambda bench: {})}


@pytest.mark.promise("S-061")
def test_a_generation_that_completes_is_told_once_per_subscription(receiver: Receiver, subscribe: Subscribe, alice: User) -> None:
    subscribe("/one")
    subscribe("/two", "run.completed")
    package = written(alice)
    work_all()
    assert sorted(one.kind for one in receiver.got if one.path == "/one") == ["package.created", "run.completed", "run.started"]
    assert [one.kind for one in receiver.got if one.path == "/two"] == ["run.completed"]
    assert {one.body["data"]["run_id"] for one in receiver.got} == {str(package.run.pk)}
    whole = b"".join(one.raw for one in receiver.got).decode()
    assert package.title not in whole
    assert "Patients" not in whole
    work_all()
    assert len(receiver.got) == 4


@pytest.mark.promise("S-061")
def test_a_generation_that_fails_is_told_and_so_is_its_second_try(receiver: Receiver, subscribe: Subscribe, run: Run) -> None:
    subscribe()
    running.drive(run, works=FAILS)
    work_all()
    assert [(one.kind, one.body["data"]["run_id"]) for one in receiver.got] == [("run.failed", str(run.pk))]
    starting.retry(run)
    running.drive(run, works=WORKS)
    work_all()
    assert receiver.kinds() == ["run.failed", "run.completed"], "the retry itself is no second start"
    assert len({one.id for one in receiver.got}) == 2


@pytest.mark.promise("S-061")
def test_a_generation_that_is_cancelled_is_told_once(receiver: Receiver, subscribe: Subscribe, run: Run) -> None:
    subscribe()
    cancelling.cancel(run)
    work_all()
    assert [(one.kind, one.body["data"]["state"]) for one in receiver.got] == [("run.cancelled", "cancelled")]


@pytest.mark.promise("S-061")
def test_a_signal_that_repeats_tells_nobody_twice(receiver: Receiver, subscribe: Subscribe, run: Run) -> None:
    subscribe("/one")
    subscribe("/two")
    run_started.send(sender=Run, run=run)
    running.drive(run, works=WORKS)
    for _ in range(3):
        run_started.send(sender=Run, run=run)
        run_finished.send(sender=Run, run=run)
    work_all()
    assert sorted(receiver.kinds()) == ["run.completed"] * 2 + ["run.started"] * 2
    assert Event.objects.count() == 2


def test_a_change_that_is_undone_is_not_told(receiver: Receiver, subscribe: Subscribe, run: Run) -> None:
    subscribe()

    def undone() -> None:
        with transaction.atomic():
            cancelling.cancel(run)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert not Event.objects.exists()
    assert not Dispatch.objects.exists()


def test_what_becomes_of_a_package_is_told(receiver: Receiver, subscribe: Subscribe, run: Run, alice: User) -> None:
    subscribe()
    named = {"title": "Desk", "grade": "good", "blob": "x", "sha256": "5" * 64, "size": 1}
    package = Package.objects.create(workspace=alice.workspace, run=run, interview=run.interview, number=1, **named)
    channels = [Channel.objects.create(workspace=alice.workspace, kind="git", name=name) for name in ("one", "two")]
    at = clock.now()
    for channel in channels:
        delivery = Delivery.objects.create(workspace=alice.workspace, channel=channel, package=package, sent_at=at)
        for _ in range(2):
            package_delivered.send(sender=Delivery, delivery=delivery)
    for _ in range(2):
        package_deleted.send(sender=Package, package=package, at=at + dt.timedelta(seconds=1))
    work_all()
    assert sorted(receiver.kinds()) == ["package.deleted", "package.delivered", "package.delivered"]
    told = {one.body["data"]["channel_id"] for one in receiver.got if one.kind == "package.delivered"}
    assert told == {str(channel.pk) for channel in channels}


@pytest.mark.promise("S-059")
def test_what_is_no_event_of_the_list_is_never_sent(receiver: Receiver, subscribe: Subscribe, run: Run, alice: User) -> None:
    """Sign in, change the name, delete an interview and the like: the receiver stays silent."""
    subscribe()
    client = Client()
    client.force_login(alice)
    client.get("/settings/")
    client.post("/settings/", {"display_name": "Alice M."})
    client.post("/settings/model-keys/failover/", {"failover": "on"})
    client.post("/settings/usage/", {})
    client.post("/interviews/new/", {"title": "Bookings", "depth": "quick", "profile": "lean"})
    Interview.objects.get(pk=run.project).delete()
    client.post("/sign-out/")
    work_all()
    assert receiver.got == []
    assert not Dispatch.objects.exists()


@pytest.mark.promise("S-059")
def test_nothing_else_in_the_code_can_send_to_a_webhook() -> None:
    """Announcing is done by the ears for generations and packages, posting by the dispatcher, and by nobody else."""
    root = Path(__file__).resolve().parents[3]
    floors = ("public", "api", "delivery", "generation", "interviews", "connectors", "billing", "llm", "accounts", "specstep")
    sources = {str(path.relative_to(root)): path.read_text() for floor in floors for path in (root / floor).rglob("*.py")}

    def named_in(pattern: str) -> set[str]:
        return {path for path, text in sources.items() if re.search(pattern, text)}

    # The floor of accounts stands below and cannot import ours; what it announces are letters.
    announced = {path for path in named_in(r"\bannounce\(") if not path.startswith("accounts/")}
    assert announced == {"delivery/flows/announcing.py", "delivery/receivers.py"}
    importing = named_in(r"from delivery\.flows import .*\bannouncing\b|from delivery\.flows\.announcing import")
    assert importing == {"delivery/receivers.py", "delivery/flows/subscribing.py"}
    assert named_in(r"posting import .*\bpost\b") == {"delivery/flows/dispatching.py"}
    assert named_in("Your webhook endpoint") == {"delivery/parties.py"}
    assert named_in(r"party=WEBHOOKS") == {"delivery/flows/posting.py", "delivery/flows/subscribing.py"}
    assert named_in(r"name=WEBHOOKS") == {"delivery/parties.py"}
