"""Notices from the row to the carrier: what was chosen, once, and looked at again before it leaves."""

from __future__ import annotations

import datetime as dt
import inspect
import threading
from collections.abc import Iterable

import pytest
from django.core import mail
from django.db import connections
from django.template import TemplateDoesNotExist
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.carriers.envelope import NotSent
from accounts.flows import notifying, sending, sweeping
from accounts.flows.notifying import tell
from accounts.models import Choice, Message, User
from accounts.notices import optional, register
from accounts.rules import retrying
from accounts.tasks import send, send_due
from ground import clock
from specstep.celery import NIGHTLY, REGULARLY
from tests.llm.keys.dump import dump
from tests.plugins.carriers import CarrierPeer, Fault

pytestmark = pytest.mark.django_db
NUMBER = "+12025550143"
NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
ABOUT = {"path": "/runs/0197/"}
State = Message.State


@pytest.fixture
def reached(alice: User) -> User:
    """Alice with a verified number."""
    alice.sms_number, alice.sms_verified_at = NUMBER, clock.now()
    alice.save()
    return alice


def choose(user: User, *pairs: str) -> None:
    for pair in pairs:
        kind, _, channel = pair.partition(":")
        Choice.objects.create(user=user, kind=kind, channel=channel)


def work(rows: Iterable[Message]) -> None:
    """What the worker does when the bells of these messages reach it."""
    for row in rows:
        send(str(row.pk))


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


@pytest.mark.promise("S-131", "S-019")
@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("kind", [notice.kind for notice in optional()])
def test_nothing_is_sent_but_what_was_chosen(reached: User, acs: CarrierPeer, kind: str, channel: str) -> None:
    assert tell(reached, kind, about=ABOUT) == []
    choose(reached, f"{kind}:{channel}")
    work(tell(reached, kind, about=ABOUT))
    others = [notice.kind for notice in optional() if notice.kind != kind]
    for other in others:
        assert tell(reached, other, about=ABOUT) == []
    assert (len(acs.mails), len(acs.sms)) == ((1, 0) if channel == "email" else (0, 1))
    assert states() == [State.SENT]


@pytest.mark.promise("S-132")
@pytest.mark.parametrize("kind", [notice.kind for notice in optional()])
def test_what_is_switched_off_is_not_sent_even_when_it_waits_already(
    as_alice: Client, reached: User, acs: CarrierPeer, kind: str
) -> None:
    choose(reached, f"{kind}:email", f"{kind}:sms")
    waiting = tell(reached, kind, about=ABOUT)
    assert len(waiting) == 2
    as_alice.post("/settings/notifications/", {"wanted": []})
    work(waiting)
    work(tell(reached, kind, about=ABOUT))
    assert acs.calls == 0
    assert states() == [State.DROPPED, State.DROPPED]
    assert {row.problem for row in Message.objects.all()} == {"It was switched off before it was sent."}


@pytest.mark.promise("S-132")
def test_what_waits_for_another_try_is_dropped_too_when_it_is_switched_off(
    as_alice: Client, reached: User, acs: CarrierPeer
) -> None:
    choose(reached, "run.failed:email")
    acs.faults = [Fault(503)]
    with clock.frozen(NOON):
        work(tell(reached, "run.failed", about=ABOUT))
    assert states() == [State.WAITING]
    as_alice.post("/settings/notifications/", {"wanted": []})
    with clock.frozen(NOON + dt.timedelta(hours=1)):
        work(Message.objects.all())
    assert states() == [State.DROPPED]
    assert not acs.mails


@pytest.mark.promise("S-132")
@pytest.mark.parametrize("kind", [notice.kind for notice in register().values() if notice.essential])
def test_what_is_essential_goes_whatever_was_chosen(alice: User, acs: CarrierPeer, kind: str) -> None:
    work(tell(alice, kind))
    assert [sent["recipients"]["to"][0]["address"] for sent in acs.mails] == ["alice@example.org"]
    assert not acs.sms


@pytest.mark.promise("S-018")
def test_no_notice_goes_to_a_number_that_is_not_verified(reached: User, acs: CarrierPeer) -> None:
    choose(reached, "run.completed:sms")
    waiting = tell(reached, "run.completed", about=ABOUT)
    reached.sms_verified_at = None
    reached.save()
    assert tell(reached, "run.completed", about=ABOUT) == []
    work(waiting)
    assert acs.calls == 0
    assert Message.objects.get().problem == "There is no verified number."


@pytest.mark.promise("S-133")
def test_by_default_mail_and_sms_go_to_azure_and_nowhere_else(reached: User, twilio: CarrierPeer, acs: CarrierPeer) -> None:
    choose(reached, "run.completed:email", "run.completed:sms")
    work(tell(reached, "run.completed", about=ABOUT))
    work(tell(reached, "incident"))
    assert (len(acs.mails), len(acs.sms), twilio.calls) == (2, 1, 0)
    assert set(Message.objects.values_list("provider", flat=True)) == {"acs"}
    assert mail.outbox == []


@pytest.mark.promise("S-134")
def test_with_twilio_the_same_sms_goes_there_and_none_to_azure(
    reached: User, acs: CarrierPeer, twilio: CarrierPeer, settings: Settings
) -> None:
    choose(reached, "run.completed:email", "run.completed:sms")
    for provider in ("acs", "twilio"):
        settings.SMS_PROVIDER = provider
        work(tell(reached, "run.completed", about=ABOUT))
    assert [(one["to"], one["text"]) for one in twilio.sms] == [(one["to"], one["text"]) for one in acs.sms]
    assert (len(acs.sms), len(twilio.sms), len(acs.mails)) == (1, 1, 2)


def test_the_operator_is_told_where_there_is_an_address(alice: User, acs: CarrierPeer, settings: Settings) -> None:
    assert tell(None, "signup.welcome", about={"user": str(alice.pk)}) == []
    settings.OPERATOR_EMAIL = "desk@specstep.example"
    waiting = tell(None, "signup.welcome", about={"user": str(alice.pk)})
    work(waiting)
    (sent,) = acs.mails
    assert sent["recipients"]["to"] == [{"address": "desk@specstep.example"}]
    assert "alice@example.org" in sent["content"]["plainText"]
    assert "Moreau" not in sent["content"]["plainText"]
    gone = tell(None, "signup.welcome", about={"user": str(alice.pk)})
    alice.delete()
    work(gone)
    assert "Somebody signed in to SpecStep for the first time." in acs.mails[1]["content"]["plainText"]


def test_rows_stand_in_the_transaction_and_bells_ring_after_it(
    alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as bells:
        (row,) = tell(alice, "incident")
        assert Message.objects.filter(pk=row.pk, state=State.WAITING).exists()
        assert bells == []
    assert len(bells) == 1
    with clock.frozen(clock.now()):
        assert sending.sweep() == 0
    with clock.moved(notifying.RING_AGAIN_AFTER + dt.timedelta(seconds=1)), django_capture_on_commit_callbacks() as again:
        send_due()
        send_due()
    assert len(again) == 1
    assert "accounts.send_due" in REGULARLY


def test_a_bell_carries_an_id_and_nothing_else_and_a_worker_answers_it(
    alice: User,
    acs: CarrierPeer,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with django_capture_on_commit_callbacks(execute=True):
        (row,) = tell(alice, "incident")
    row.refresh_from_db()
    assert (row.state, len(acs.mails)) == (State.SENT, 1)
    assert all(list(inspect.signature(task.run).parameters) in (["message_id"], []) for task in (send, send_due))


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_row_once(reached: User, twilio: CarrierPeer) -> None:
    choose(reached, "run.completed:sms")
    (row,) = tell(reached, "run.completed", about=ABOUT)
    gate = threading.Barrier(6)

    def worker() -> None:
        gate.wait()
        try:
            sending.send(row.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(twilio.sms) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.provider_id) == (State.SENT, 1, twilio.sms[0]["id"])


def test_a_mail_whose_answer_was_lost_is_handed_over_again_and_is_one_mail(
    alice: User, acs: CarrierPeer, settings: Settings
) -> None:
    settings.CARRIER_SECONDS = 0.3
    acs.faults = [Fault(silence=0.8)]
    with clock.frozen(NOON):
        work(tell(alice, "incident"))
        assert states() == [State.WAITING]
        settings.CARRIER_SECONDS = 5
    with clock.frozen(NOON + dt.timedelta(seconds=40)):
        work(Message.objects.all())
    assert states() == [State.SENT]
    assert (acs.calls, len(acs.mails)) == (2, 1)


def test_an_sms_whose_answer_was_lost_at_twilio_is_not_sent_again(reached: User, twilio: CarrierPeer, settings: Settings) -> None:
    settings.CARRIER_SECONDS = 0.3
    choose(reached, "run.completed:sms")
    twilio.faults = [Fault(silence=0.8)]
    work(tell(reached, "run.completed", about=ABOUT))
    with clock.moved(dt.timedelta(hours=5)):
        send_due()
        work(Message.objects.all())
    assert (twilio.calls, len(twilio.sms)) == (1, 1)
    assert Message.objects.get().problem.startswith("Nobody knows whether it was sent")


@pytest.mark.parametrize(("provider", "state"), [("acs", State.SENT), ("twilio", State.FAILED)])
def test_a_row_whose_worker_died_is_taken_up_or_given_up(
    reached: User, acs: CarrierPeer, twilio: CarrierPeer, settings: Settings, provider: str, state: Message.State
) -> None:
    settings.SMS_PROVIDER = provider
    choose(reached, "run.completed:sms")
    with clock.frozen(NOON):
        (row,) = tell(reached, "run.completed", about=ABOUT)
        assert sending._claimed(row.pk) is not None
        sending.send(row.pk)
        assert states() == [State.SENDING]
    with clock.frozen(NOON + sending.LEASE):
        send_due()
        work([row])
    assert states() == [state]
    assert len(acs.sms) == (1 if provider == "acs" else 0)


def test_a_fault_of_our_own_is_loud_and_does_not_go_on_for_ever(alice: User, acs: CarrierPeer, settings: Settings) -> None:
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": []}]
    (row,) = tell(alice, "incident")
    with pytest.raises(TemplateDoesNotExist):
        sending.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.problem) == (State.WAITING, "A fault of ours stopped it.")
    assert row.next_try_at is not None


def test_a_message_that_kills_its_workers_is_given_up(alice: User, acs: CarrierPeer) -> None:
    (row,) = tell(alice, "incident")
    assert sending._claimed(row.pk) is not None
    Message.objects.filter(pk=row.pk).update(attempts=retrying.MOST_TRIES)
    with clock.moved(sending.LEASE * 2):
        assert sending.sweep() == 0
    row.refresh_from_db()
    assert row.state == State.FAILED


def test_what_a_late_worker_notes_does_not_count(alice: User, acs: CarrierPeer) -> None:
    (row,) = tell(alice, "incident")
    first = sending._claimed(row.pk)
    assert first is not None
    with clock.moved(sending.LEASE * 2):
        sending.send(row.pk)
    sending._note(first, state=State.FAILED, problem="late")
    row.refresh_from_db()
    assert (row.state, row.problem) == (State.SENT, "")


def test_a_carrier_that_is_down_is_asked_again_until_the_tries_are_used_up(alice: User, acs: CarrierPeer) -> None:
    acs.faults = [Fault(503) for _ in range(30)]
    (row,) = tell(alice, "incident")
    at, waits = NOON, []
    for _ in range(retrying.MOST_TRIES):
        with clock.frozen(at):
            sending.send(row.pk)
            sending.send(row.pk)
            row.refresh_from_db()
        if row.state == State.WAITING:
            assert row.next_try_at is not None
            waits.append((row.next_try_at - at).total_seconds())
            at = row.next_try_at
    assert acs.calls == retrying.MOST_TRIES
    assert all(planned <= wait <= planned * 1.25 for n, wait in enumerate(waits) for planned in [min(30 * 2**n, 7200)])
    assert 23 * 3600 < sum(waits) < 31 * 3600
    assert row.state == State.FAILED
    assert row.problem == "Given up after 20 tries. Azure Communication Services is busy or out of order (HTTP 503)."


def test_a_carrier_that_asks_to_wait_is_not_asked_before(alice: User, acs: CarrierPeer) -> None:
    acs.faults = [Fault(429, {"retry-after": "600"})]
    (row,) = tell(alice, "incident")
    with clock.frozen(NOON):
        sending.send(row.pk)
    with clock.frozen(NOON + dt.timedelta(seconds=599)):
        sending.send(row.pk)
        assert acs.calls == 1
    with clock.frozen(NOON + dt.timedelta(seconds=760)):
        sending.send(row.pk)
    assert len(acs.mails) == 1


def test_a_refusal_is_final_and_says_nothing_of_the_address(alice: User, acs: CarrierPeer) -> None:
    acs.faults = [Fault(400, body='{"error": {"message": "alice@example.org"}}')]
    work(tell(alice, "incident"))
    row = Message.objects.get()
    assert (row.state, row.problem) == (State.FAILED, "Azure Communication Services refused the message (HTTP 400).")
    assert row.lease_until is None


@pytest.mark.parametrize(
    "address", ["", "5@github.invalid", "x@INVALID", "no address", "a@b\n.example", "a@example.org\r\nBcc: b@example.org"]
)
def test_what_is_no_address_is_never_mailed(alice: User, acs: CarrierPeer, address: str) -> None:
    User.objects.filter(pk=alice.pk).update(email=address)
    work(tell(alice, "incident"))
    row = Message.objects.get()
    assert row.state == State.FAILED
    assert row.problem.startswith("There is no address to write to")
    assert acs.calls == 0


def test_a_suspended_account_gets_what_is_essential_only(alice: User, acs: CarrierPeer) -> None:
    choose(alice, "run.completed:email")
    waiting = tell(alice, "run.completed", about=ABOUT)
    alice.is_active = False
    alice.save()
    work(waiting)
    work(tell(alice, "account.suspended", about={"reason": "terms"}))
    assert [sent["content"]["subject"] for sent in acs.mails] == ["Your account was suspended"]


def test_messages_go_with_the_account(alice: User, acs: CarrierPeer) -> None:
    waiting = tell(alice, "incident")
    alice.delete()
    work(waiting)
    assert acs.calls == 0
    assert not Message.objects.exists()


def test_a_mail_without_an_account_leaves_no_row(acs: CarrierPeer) -> None:
    sending.send_once("deletion.done", to="gone@example.org", about={"number": "00ff"})
    assert "(00ff)" in acs.mails[0]["content"]["plainText"]
    assert not Message.objects.exists()
    assert "gone@example.org" not in dump()
    with pytest.raises(NotSent, match="no address"):
        sending.send_once("deletion.done", to="5@github.invalid")


def test_rows_hold_no_address_and_no_text(reached: User, acs: CarrierPeer) -> None:
    choose(reached, "run.completed:sms", "run.completed:email")
    work(tell(reached, "run.completed", about=ABOUT))
    held = [str(value) for row in Message.objects.values() for value in row.values()]
    assert not [value for value in held if "@" in value or "2025550143" in value or "ready" in value]


def test_messages_are_deleted_after_90_days(alice: User) -> None:
    for days in (89, 91):
        (row,) = tell(alice, "incident", about={"path": f"/{days}/"})
        Message.objects.filter(pk=row.pk).update(created_at=clock.now() - dt.timedelta(days=days))
    assert sweeping.sweep_messages() == 1
    assert Message.objects.get().about == {"path": "/89/"}
    assert "accounts.sweep" in NIGHTLY


def test_a_laptop_prints_mails_and_sms(reached: User, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    choose(reached, "run.completed:sms", "run.completed:email")
    work(tell(reached, "run.completed", about=ABOUT))
    printed = capsys.readouterr().out
    assert "Subject: A package is ready" in printed
    assert "Auto-Submitted: auto-generated" in printed
    assert "Reply-To: hello@specstep.com" in printed
    assert f"SMS to {NUMBER}" in printed
    assert printed.count("http://127.0.0.1:8000/runs/0197/") >= 3
    assert states() == [State.SENT, State.SENT]


@pytest.mark.parametrize(
    ("asked", "chance", "seconds"), [(None, 0.0, 30.0), (None, 1.0, 37.5), (600.0, 0.0, 600.0), (5.0, 0.0, 30.0)]
)
def test_the_wait_grows_from_half_a_minute(asked: float | None, chance: float, seconds: float) -> None:
    assert retrying.wait(1, asked=asked, chance=chance) == seconds
    assert retrying.wait(retrying.MOST_TRIES, asked=asked, chance=chance) is None


def test_a_letter_to_many_waits_its_turn_for_three_days() -> None:
    assert retrying.wait(5000, chance=0.0, limited_at=71 * 3600.0) == retrying.LONGEST_WAIT
    assert retrying.wait(retrying.MOST_TRIES, chance=0.0, limited_at=73 * 3600.0) is None
