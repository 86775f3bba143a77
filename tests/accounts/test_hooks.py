"""Delivery reports that Event Grid brings: believed with the secret only, and nothing of them is kept but the state."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.flows import sending
from accounts.flows.notifying import tell
from accounts.models import Choice, Message, User
from accounts.views.hooks import MOST_BYTES, SECRET_HEADER
from ground import clock
from tests.llm.keys.dump import dump
from tests.plugins.carriers import CarrierPeer, Fault

pytestmark = pytest.mark.django_db
SECRET = "hook-secret-of-nobody-0123456789"
HOOK = "/hooks/acs/"
NUMBER = "+12025550143"
State = Message.State


@pytest.fixture(autouse=True)
def guarded(settings: Settings) -> None:
    settings.ACS_HOOK_SECRET = SECRET


def post(events: Any, secret: str | None = SECRET) -> HttpResponse:
    headers = {SECRET_HEADER: secret} if secret is not None else {}
    body = events if isinstance(events, str | bytes) else json.dumps(events)
    response = Client(enforce_csrf_checks=True).post(HOOK, body, content_type="application/json", headers=headers)
    assert isinstance(response, HttpResponse)
    return response


def event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "00000000-0000-0000-0000-000000000000",
        "topic": "/subscriptions/0/resourceGroups/rg/providers/microsoft.communication/communicationservices/acs",
        "subject": f"sender/donotreply@mail.specstep.example/message/{data.get('messageId')}",
        "eventType": kind,
        "data": data,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": "2026-11-30T12:00:00Z",
    }


def by_mail(row_id: str, status: str) -> dict[str, Any]:
    return event(
        "Microsoft.Communication.EmailDeliveryReportReceived",
        {
            "sender": "donotreply@mail.specstep.example",
            "recipient": "canary.kestrel@example.org",
            "messageId": row_id,
            "status": status,
            "deliveryStatusDetails": {"statusMessage": "550 canary.kestrel@example.org is unknown"},
            "deliveryAttemptTimestamp": "2026-11-30T12:00:00Z",
        },
    )


def by_sms(row_id: str, status: str, tag: str = "") -> dict[str, Any]:
    return event(
        "Microsoft.Communication.SMSDeliveryReportReceived",
        {
            "messageId": row_id,
            "from": "+18335550100",
            "to": NUMBER,
            "deliveryStatus": status,
            "deliveryStatusDetails": "canary",
            "deliveryAttempts": [],
            "receivedTimestamp": "2026-11-30T12:00:00Z",
            "tag": tag,
        },
    )


@pytest.fixture
def sent(alice: User, acs: CarrierPeer) -> Message:
    """A mail that Azure has taken."""
    (row,) = tell(alice, "incident")
    sending.send(row.pk)
    row.refresh_from_db()
    assert row.state == State.SENT
    return row


@pytest.fixture
def sent_sms(alice: User, acs: CarrierPeer) -> Message:
    alice.sms_number, alice.sms_verified_at = NUMBER, clock.now()
    alice.save()
    Choice.objects.create(user=alice, kind="run.completed", channel="sms")
    (row,) = tell(alice, "run.completed", about={"path": "/runs/1/"})
    sending.send(row.pk)
    row.refresh_from_db()
    return row


@pytest.mark.promise("S-135")
def test_the_handshake_is_answered_with_its_code(client: Client) -> None:
    code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"
    handshake = event("Microsoft.EventGrid.SubscriptionValidationEvent", {"validationCode": code, "validationUrl": "https://x"})
    for secret in (SECRET, None):
        answer = post([handshake], secret)
        assert answer.status_code == 200
        assert json.loads(answer.content) == {"validationResponse": code}


@pytest.mark.promise("S-135")
@pytest.mark.parametrize(
    ("status", "state"),
    [("Delivered", State.DELIVERED), ("Bounced", State.BOUNCED), ("Suppressed", State.BOUNCED), ("Quarantined", State.BOUNCED)],
)
def test_the_state_of_a_mail_follows_its_report(sent: Message, status: str, state: Message.State) -> None:
    assert post([by_mail(sent.provider_id, status)]).status_code == 204
    sent.refresh_from_db()
    assert sent.state == state
    assert sent.reported_at is not None
    assert bool(sent.problem) is (state == State.BOUNCED)


@pytest.mark.promise("S-135")
@pytest.mark.parametrize(("status", "state"), [("Delivered", State.DELIVERED), ("Failed", State.BOUNCED)])
def test_the_state_of_an_sms_follows_its_report(sent_sms: Message, status: str, state: Message.State) -> None:
    assert post([by_sms(sent_sms.provider_id, status)]).status_code == 204
    sent_sms.refresh_from_db()
    assert sent_sms.state == state


def test_an_sms_whose_answer_was_lost_is_known_by_its_tag(sent_sms: Message) -> None:
    Message.objects.filter(pk=sent_sms.pk).update(provider_id="", state=State.WAITING)
    post([by_sms("Outgoing_unheard", "Delivered", tag=str(sent_sms.pk))])
    sent_sms.refresh_from_db()
    assert sent_sms.state == State.DELIVERED
    sending.send(sent_sms.pk)
    sent_sms.refresh_from_db()
    assert sent_sms.state == State.DELIVERED


@pytest.mark.promise("S-135")
@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "schl\u00fcssel"])
def test_forged_reports_are_refused(sent: Message, secret: str | None) -> None:
    before = Message.objects.values().get()
    assert post([by_mail(sent.provider_id, "Bounced")], secret).status_code == 401
    assert Message.objects.values().get() == before


@pytest.mark.promise("S-135")
def test_a_bounce_for_an_account_deleted_meanwhile_stores_nothing(sent: Message, alice: User) -> None:
    carrier_id = sent.provider_id
    alice.delete()
    before = dump()
    assert post([by_mail(carrier_id, "Bounced")]).status_code == 204
    assert dump() == before
    assert not Message.objects.exists()


@pytest.mark.promise("S-135")
def test_nothing_of_a_report_is_stored_or_logged(sent: Message) -> None:
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    post([by_mail(sent.provider_id, "Bounced"), by_mail("unknown-id", "Delivered")])
    post([by_mail(sent.provider_id, "Bounced")], "wrong")
    root.removeHandler(handler)
    root.setLevel(level)
    assert "canary" not in dump() + written.getvalue()
    assert SECRET not in dump() + written.getvalue()


def test_a_report_told_again_or_out_of_turn_changes_nothing(sent: Message) -> None:
    post([by_mail(sent.provider_id, "Delivered")])
    first = Message.objects.values().get()
    with clock.moved(dt.timedelta(hours=1)):
        post([by_mail(sent.provider_id, "Delivered")])
    assert Message.objects.values().get() == first
    post([by_mail(sent.provider_id, "Bounced")])
    post([by_mail(sent.provider_id, "Delivered")])
    assert Message.objects.get().state == State.BOUNCED


def test_a_report_that_is_faster_than_the_answer_counts_and_nothing_is_sent_twice(
    alice: User, acs: CarrierPeer, settings: Settings
) -> None:
    settings.CARRIER_SECONDS = 0.3
    acs.faults = [Fault(silence=0.8)]
    (row,) = tell(alice, "incident")
    sending.send(row.pk)
    post([by_mail(str(row.pk), "Delivered")])
    with clock.moved(dt.timedelta(hours=1)):
        sending.send(row.pk)
    row.refresh_from_db()
    assert (row.state, acs.calls) == (State.DELIVERED, 1)


@pytest.mark.parametrize(
    "events",
    [
        [by_mail("", "Bounced")],
        [by_mail("x" * 121, "Bounced")],
        [by_mail("another", "Bounced")],
        [event("Microsoft.Communication.SMSReceived", {"messageId": "1"})],
        [{"eventType": 7, "data": []}],
        [{"eventType": "Microsoft.Communication.EmailDeliveryReportReceived", "data": {"messageId": ["x"], "status": {}}}],
        [by_sms("1", "Delivered", tag="no-uuid")],
        [],
    ],
)
def test_what_is_unknown_is_passed_over(sent: Message, events: list[dict[str, Any]]) -> None:
    before = Message.objects.values().get()
    assert post(events).status_code == 204
    assert Message.objects.values().get() == before


def test_a_mail_id_in_a_report_of_sms_is_no_message(sent: Message) -> None:
    post([by_sms(sent.provider_id, "Failed", tag=str(sent.pk))])
    assert Message.objects.get().state == State.SENT


@pytest.mark.parametrize("body", ["", "{}", "no json", "[1]", "[" * 100_000, '"x"', b"\xff\xfe"])
def test_what_is_no_list_of_events_is_refused(body: str | bytes) -> None:
    assert post(body).status_code == 400
    assert post(body, None).status_code == 401


def test_a_code_that_is_more_than_a_code_is_not_repeated() -> None:
    for code in ("<script>", "a" * 101, 7, None):
        handshake = event("Microsoft.EventGrid.SubscriptionValidationEvent", {"validationCode": code})
        assert b"validationResponse" not in post([handshake], None).content


def test_a_body_beyond_a_megabyte_is_not_read_to_its_end() -> None:
    assert post(b"[" + b" " * MOST_BYTES + b"]").status_code == 413


def test_without_a_secret_there_is_no_such_door(settings: Settings, client: Client) -> None:
    settings.ACS_HOOK_SECRET = ""
    assert post([], "").status_code == 404
    settings.ACS_HOOK_SECRET = SECRET
    assert client.get(HOOK).status_code == 405
