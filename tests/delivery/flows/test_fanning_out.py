"""A run that is done makes one delivery for each channel, in its own transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import DeletionRequest, User
from delivery.flows import delivering, queueing
from delivery.models import Channel, Delivery
from generation.models import Run
from generation.signals import run_finished
from ground.errors import Conflict
from interviews.models import Interview
from specstep import celery
from tests.delivery.conftest import make_channel, make_package
from tests.delivery.shelf import Shelf
from tests.packages import written

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, int, str]]:
    rows = Delivery.objects.order_by("created_at").values_list("channel__name", "package__number", "state")
    return [(str(name), number, state) for name, number, state in rows]


def test_every_active_channel_gets_one_and_a_bell_rings_after_the_commit(
    channel: Channel,
    alice: User,
    shelf: Shelf,
    interview: Interview,
    django_capture_on_commit_callbacks: Any,
) -> None:
    make_channel(alice, shelf, name="Of this project", interview=interview)
    other = Interview.objects.create(workspace=alice.workspace, title="Another")
    make_channel(alice, shelf, name="Of another project", interview=other)
    for state in ("draft", "paused", "broken"):
        make_channel(alice, shelf, name=state, state=state)
    with django_capture_on_commit_callbacks() as bells:
        make_package(interview)
    assert states() == [("The shelf", 1, "waiting"), ("Of this project", 1, "waiting")]
    assert len(bells) == 2
    assert shelf.calls == []


def test_nothing_is_there_at_first_and_nothing_is_made(alice: User, interview: Interview) -> None:
    assert not Channel.objects.exists()
    make_package(interview)
    assert not Delivery.objects.exists()


def test_a_run_that_is_undone_leaves_no_delivery(channel: Channel, interview: Interview) -> None:
    package = make_package(interview, finish=False)
    with transaction.atomic():
        run_finished.send(sender=Run, run=package.run)
        assert Delivery.objects.exists()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("state", [Run.State.FAILED, Run.State.CANCELLED])
def test_a_run_without_a_package_delivers_nothing(channel: Channel, interview: Interview, state: Run.State) -> None:
    package = make_package(interview, finish=False)
    package.run.state = state
    run_finished.send(sender=Run, run=package.run)
    assert not Delivery.objects.exists()


def test_hearing_it_twice_makes_one(channel: Channel, interview: Interview) -> None:
    package = make_package(interview)
    run_finished.send(sender=Run, run=package.run)
    assert Delivery.objects.count() == 1


def test_another_workspace_gets_nothing(channel: Channel, charlie: User) -> None:
    make_package(Interview.objects.create(workspace=charlie.workspace, title="Charlie’s"))
    assert not Delivery.objects.exists()


def test_a_newer_package_takes_the_place_of_one_that_waits(channel: Channel, alice: User, interview: Interview) -> None:
    make_package(interview)
    make_package(Interview.objects.create(workspace=alice.workspace, title="Another"))
    make_package(interview)
    assert states() == [("The shelf", 1, "cancelled"), ("The shelf", 1, "waiting"), ("The shelf", 2, "waiting")]
    assert Delivery.objects.get(state="cancelled").trouble == "Package 2 is newer and is delivered instead."


def test_an_account_that_is_being_deleted_delivers_nothing(channel: Channel, alice: User, interview: Interview) -> None:
    DeletionRequest.objects.create(user=alice)
    package = make_package(interview)
    assert not Delivery.objects.exists()
    with pytest.raises(Conflict, match="closed"):
        queueing.deliver_now(channel, package)


def test_an_older_package_goes_by_hand_but_not_before_a_newer_that_waits(channel: Channel, interview: Interview) -> None:
    first = make_package(interview)
    second = make_package(interview)
    with pytest.raises(Conflict, match="newer package"):
        queueing.deliver_now(channel, first)
    Delivery.objects.filter(package=second).update(state="sent")
    again = queueing.deliver_now(channel, first)
    assert (again.state, again.by_hand) == ("waiting", True)


@pytest.mark.parametrize("state", ["draft", "paused", "broken"])
def test_a_channel_that_does_not_deliver_takes_nothing_by_hand(channel: Channel, interview: Interview, state: str) -> None:
    package = make_package(interview, finish=False)
    Channel.objects.update(state=state)
    with pytest.raises(Conflict):
        queueing.deliver_now(channel, package)
    assert not Delivery.objects.exists()


def test_a_real_run_leaves_its_delivery(channel: Channel, alice: User, shelf: Shelf) -> None:
    package = written(alice)
    delivery = Delivery.objects.get()
    assert delivery.package == package
    assert delivering.work(delivery.pk)
    sent = shelf.files(package.pk)
    documents = dict(package.documents.values_list("path", "text"))
    assert {path: documents[path] for path in sent if path != ".digest"} == {
        path: text for path, text in sent.items() if path != ".digest"
    }
    assert not [path for path in sent if path.startswith(("quality/", "trace/", "evidence/", ".specstep/"))]
    assert documents["evidence/interview.md"] not in sent.values()


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_one_delivery_once(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    make_package(interview)
    pk = Delivery.objects.get().pk

    def one(_: int) -> bool:
        try:
            return delivering.work(pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 1
    assert [call["call"] for call in shelf.calls] == ["send", "placed"]


def test_the_beat_sweeps() -> None:
    assert celery.app.conf.beat_schedule["delivery.sweep_deliveries"]["task"] == "delivery.sweep_deliveries"
