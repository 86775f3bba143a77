"""A delivery is claimed, sent and written down; faults wait, stop, or are told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.core.serializers import serialize

from accounts.models import AuditEvent, Choice, DeletionRequest, Message, User
from delivery.contract import Receipt
from delivery.flows import connecting, delivering, preparing, queueing
from delivery.models import Channel, Delivery, Try
from delivery.rules.retrying import SCHEDULE
from delivery.signals import package_delivered
from ground import clock, vault
from interviews.models import Interview
from tests.delivery.conftest import make_package
from tests.delivery.shelf import KEY, Shelf

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
NO_ANSWER = {"sentence": "The shelf does not answer."}


def only() -> Delivery:
    return Delivery.objects.get()


def test_it_arrives_and_everything_about_it_is_written_down(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    package = make_package(interview)
    heard: list[tuple[uuid.UUID, str]] = []

    def hear(sender: Any, delivery: Delivery, **_: Any) -> None:
        heard.append((delivery.pk, delivery.state))

    package_delivered.connect(hear)
    try:
        assert delivering.work(only().pk)
    finally:
        package_delivered.disconnect(hear)
    row = only()
    sent = shelf.calls[0]
    assert (row.state, row.trouble, row.attempts, row.lease_until) == ("sent", "", 1, None)
    assert row.digest == sent["digest"]
    assert set(row.files) | {".digest"} == set(shelf.files(package.pk))
    assert row.address == f"https://shelf.example/{package.pk}"
    assert heard == [(row.pk, "sent")]
    assert [(one.ok, one.sentence) for one in row.history.all()] == [(True, "The shelf: 9 files.")]
    event = AuditEvent.objects.get(action=AuditEvent.Action.CHANNEL_DELIVERED)
    assert (event.about, event.label, event.means) == (row.pk, channel.get_kind_display(), "system")
    assert not delivering.work(row.pk)


def test_only_documents_are_sent_until_the_owner_chooses_more(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    package = make_package(interview)
    delivering.work(only().pk)
    assert "Wren" not in str(shelf.files(package.pk)) + str(shelf.calls)
    Channel.objects.update(intermediates=True)
    delivering.work(queueing.deliver_now(channel, package).pk)
    assert "quality/decisions.jsonl" in shelf.files(package.pk)
    assert "Wren" not in str(shelf.files(package.pk))
    Channel.objects.update(transcript=True)
    delivering.work(queueing.deliver_now(channel, package).pk)
    assert "Wren" in shelf.files(package.pk)["evidence/interview.md"]
    assert "prompts/system.md" not in shelf.files(package.pk)


def test_the_envelope_names_nobody(channel: Channel, alice: User, shelf: Shelf) -> None:
    title = f"{alice.display_name}’s desk, {alice.email}, {alice.pk}"
    make_package(Interview.objects.create(workspace=alice.workspace, title=title))
    delivering.work(only().pk)
    envelope = str(shelf.calls[0])
    for private in (alice.display_name, "Alice", alice.email, str(alice.pk), str(alice.workspace.pk)):
        assert private not in envelope


def test_download_and_channel_name_the_same_package_and_digest(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    package = make_package(interview)
    delivering.work(only().pk)
    assert f"Package `{package.pk}`, SHA-256 of the archive `{package.sha256}`" in shelf.calls[0]["summary"]


def test_the_next_one_knows_what_the_last_one_left(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    make_package(interview)
    delivering.work(only().pk)
    make_package(interview, BRIEF_md="# Another brief\n")
    delivering.work(Delivery.objects.get(package__number=2).pk)
    sent = [call for call in shelf.calls if call["call"] == "send"][1]
    assert sent["changed"] == ["BRIEF.md"]
    assert sent["before"] == {"digest": Delivery.objects.get(package__number=1).digest}


def test_the_same_again_is_found_there_and_not_written_twice(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    package = make_package(interview)
    delivering.work(only().pk)
    delivering.work(queueing.deliver_now(channel, package).pk)
    assert [call["call"] for call in shelf.calls] == ["send", "placed", "send"]
    assert only().receipt["unchanged"]
    assert "word for word" in only().history.all()[0].sentence


def test_a_passing_fault_is_tried_again_on_the_schedule_and_then_given_up(
    channel: Channel, interview: Interview, shelf: Shelf, alice: User
) -> None:
    Choice.objects.create(user=alice, kind="delivery.failed", channel="email")
    shelf.fail_next(*[NO_ANSWER] * len(SCHEDULE))
    with clock.frozen(START):
        make_package(interview)
    at, waits = START, []
    for _ in SCHEDULE:
        with clock.frozen(at):
            assert delivering.work(only().pk)
            assert not delivering.work(only().pk), "it is not due yet"
        again = only().next_try_at
        if again is not None:
            waits.append((again - at).total_seconds())
            at = again
    assert all(0.8 * planned <= wait <= 1.2 * planned for planned, wait in zip(SCHEDULE[1:], waits, strict=True))
    row = only()
    assert (row.state, row.trouble) == ("failed", NO_ANSWER["sentence"])
    assert row.history.count() == len(SCHEDULE)
    assert Channel.objects.get().state == "active", "the next package is tried again"
    assert Message.objects.get().kind == "delivery.failed"
    with clock.frozen(at + dt.timedelta(days=1)):
        delivering.work(queueing.deliver_now(channel, row.package).pk)
    assert only().state == "sent"


def test_a_wait_that_is_asked_for_is_kept(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    shelf.fail_next(NO_ANSWER | {"wait": 600})
    with clock.frozen(START):
        make_package(interview)
        delivering.work(only().pk)
    assert only().next_try_at == START + dt.timedelta(seconds=600)


def test_a_lasting_fault_stops_the_channel_and_is_told(channel: Channel, interview: Interview, shelf: Shelf, alice: User) -> None:
    Choice.objects.create(user=alice, kind="delivery.failed", channel="email")
    shelf.fail_next({"sentence": "The repository is gone. Name another one.", "permanent": True})
    make_package(interview)
    make_package(Interview.objects.create(workspace=alice.workspace, title="Another"))
    first, second = Delivery.objects.order_by("created_at")
    delivering.work(first.pk)
    assert Delivery.objects.get(pk=first.pk).state == "failed"
    stopped = Channel.objects.get()
    assert (stopped.state, stopped.trouble) == ("broken", "The repository is gone. Name another one.")
    assert Delivery.objects.get(pk=second.pk).state == "cancelled"
    assert Message.objects.get().about == {
        "delivery": str(first.pk),
        "channel": str(channel.pk),
        "kind": channel.get_kind_display(),
        "path": channel.get_absolute_url(),
    }


def test_a_refused_credential_is_nowhere_in_what_is_written(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    wrong = KEY + "wrong"
    Channel.objects.update(sealed=vault.seal(wrong, purpose="delivery credential", row=channel.pk))
    make_package(interview)
    delivering.work(only().pk)
    assert only().state == "failed"
    stored = "".join(serialize("json", model.objects.all()) for model in (Channel, Delivery, Try, Message, AuditEvent))
    assert wrong not in stored
    assert "…" in only().trouble


def test_a_credential_that_no_longer_opens_stops_the_channel(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    Channel.objects.update(sealed="v1.1.AAAA")
    make_package(interview)
    delivering.work(only().pk)
    assert Channel.objects.get().state == "broken"
    assert "Enter it again" in only().trouble
    assert shelf.calls == []


def test_what_nobody_foresaw_is_tried_again(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    shelf.fail_next({"crash": True})
    make_package(interview)
    delivering.work(only().pk)
    assert (only().state, only().trouble) == ("waiting", delivering.OUR_FAULT)


@pytest.mark.promise("S-050")
@pytest.mark.parametrize("how", ["paused", "removed", "deletion", "suspended", "deleted"])
def test_nothing_is_sent_once_it_is_switched_off(
    channel: Channel, interview: Interview, shelf: Shelf, alice: User, how: str
) -> None:
    make_package(interview)
    waiting = only().pk
    if how == "paused":
        Channel.objects.update(state="paused")
    elif how == "removed":
        channel.delete()
    elif how == "deletion":
        DeletionRequest.objects.create(user=alice)
    elif how == "suspended":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        alice.delete()
    assert not delivering.work(waiting)
    if how != "deleted":
        make_package(interview)
    for row in Delivery.objects.all():
        delivering.work(row.pk)
    assert shelf.calls == []
    assert not Delivery.objects.filter(state__in=["waiting", "sending"]).exists()


@pytest.mark.promise("S-050")
def test_a_new_account_that_finishes_a_generation_delivers_nothing(alice: User, interview: Interview, shelf: Shelf) -> None:
    make_package(interview)
    assert queueing.sweep() == 0
    assert shelf.calls == []


def test_a_worker_that_was_thought_dead_writes_nothing(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    make_package(interview)
    with clock.frozen(START + dt.timedelta(days=30)):
        slow = delivering.claim(only().pk)
    assert slow is not None
    later = START + dt.timedelta(days=30, seconds=settings.DELIVERY_LEASE_SECONDS + 1)
    with clock.frozen(later):
        assert delivering.work(only().pk)
        sent = only()
        assert not delivering.put_off(slow, "too late", begun=later)
        assert not delivering.give_up(slow, "too late", begun=later, breaks=True)
    assert (only().state, only().attempts, only().sent_at) == ("sent", 2, sent.sent_at)
    assert Channel.objects.get().state == "active"
    assert Try.objects.count() == 1


def test_what_was_removed_or_paused_while_it_was_sent_is_let_go(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    package = make_package(interview)
    claimed = delivering.claim(only().pk)
    assert claimed is not None
    connecting.pause(channel, actor=channel.workspace.owner)
    assert only().state == "sending"
    delivering.put_off(claimed, "The shelf does not answer.", begun=clock.now())
    assert (only().state, only().trouble) == ("cancelled", queueing.PAUSED)
    connecting.resume(channel, actor=channel.workspace.owner)
    claimed = delivering.claim(queueing.deliver_now(channel, package).pk)
    assert claimed is not None
    shipment = preparing.shipment_of(package, channel)
    connecting.remove(channel, actor=channel.workspace.owner)
    assert not delivering.finish(claimed, shipment, Receipt(where="The shelf"), begun=clock.now())
    assert not delivering.put_off(claimed, "too late", begun=clock.now())
    assert not Try.objects.exists()


def test_one_channel_sends_one_at_a_time_and_the_next_is_rung_for(
    channel: Channel, interview: Interview, alice: User, shelf: Shelf, django_capture_on_commit_callbacks: Any
) -> None:
    make_package(interview)
    make_package(Interview.objects.create(workspace=alice.workspace, title="Another"))
    first, second = Delivery.objects.order_by("created_at")
    claimed = delivering.claim(first.pk)
    assert claimed is not None
    assert not delivering.work(second.pk)
    with django_capture_on_commit_callbacks() as bells:
        delivering.put_off(claimed, "later", begun=clock.now())
    assert len(bells) == 1
    assert delivering.work(second.pk)


def test_an_older_package_never_goes_after_a_newer_one_by_itself(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    with clock.frozen(START):
        first = make_package(interview)
        dead = delivering.claim(only().pk)
    assert dead is not None
    with clock.frozen(START + dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS + 1)):
        make_package(interview)
        newer = Delivery.objects.get(package__number=2)
        assert delivering.work(newer.pk)
        assert not delivering.work(Delivery.objects.get(package=first).pk)
    assert [call["number"] for call in shelf.calls if call["call"] == "send"] == [2]
    assert Delivery.objects.get(package=first).trouble == "Package 2 is newer and is delivered instead."


def test_an_older_package_that_fails_while_a_newer_waits_is_not_tried_again(
    channel: Channel, interview: Interview, shelf: Shelf
) -> None:
    first = make_package(interview)
    claimed = delivering.claim(only().pk)
    assert claimed is not None
    make_package(interview)
    delivering.put_off(claimed, "The shelf does not answer.", begun=clock.now())
    assert Delivery.objects.get(package=first).state == "cancelled"


def test_the_sweep_rings_for_what_is_due_and_not_rung_for_lately(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    shelf.fail_next(NO_ANSWER)
    with clock.frozen(START):
        make_package(interview)
        assert queueing.sweep() == 0, "its bell has just rung"
    with clock.frozen(START + queueing.RING_AGAIN_AFTER):
        assert queueing.sweep() == 1
        delivering.work(only().pk)
        assert queueing.sweep() == 0
    with clock.frozen(START + dt.timedelta(minutes=5)):
        assert queueing.sweep() == 1
        assert delivering.claim(only().pk)
        assert queueing.sweep() == 0
    with clock.frozen(START + dt.timedelta(minutes=5, seconds=settings.DELIVERY_LEASE_SECONDS + 30)):
        assert queueing.sweep() == 1, "its worker is gone"


def test_a_worker_that_dies_each_time_is_not_waited_for_for_ever(channel: Channel, interview: Interview, shelf: Shelf) -> None:
    at = START
    with clock.frozen(at):
        make_package(interview)
    for _ in SCHEDULE:
        with clock.frozen(at):
            assert delivering.claim(only().pk)
        at += dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS + 1)
    with clock.frozen(at):
        assert delivering.claim(only().pk) is None
    assert only().state == "failed"
    assert "7 times" in only().trouble
