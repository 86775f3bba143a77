"""What a carrier is sent, and what its answers mean. The peers check every request themselves."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from pytest_django import Settings

from accounts.carriers import choosing
from accounts.carriers.envelope import Mail, NotSent, Sms
from ground import clock, egress
from tests.plugins.carriers import CarrierPeer, Fault


def mail(to: str = "ruth@example.org") -> Mail:
    return Mail(uuid.uuid4(), to, "A package is ready – größer", "Text\n", "<p>Text</p>", "hello@specstep.com")


def sms() -> Sms:
    return Sms(uuid.uuid4(), "+12025550143", "SpecStep: ready.", clock.now())


def test_azure_takes_a_mail_and_names_it_as_we_do(acs: CarrierPeer) -> None:
    sent = mail()
    handed = choosing.send_mail(sent)
    assert (handed.carrier, handed.carrier_id) == ("acs", str(sent.id))
    (body,) = acs.mails
    assert body["recipients"] == {"to": [{"address": "ruth@example.org"}]}
    assert body["content"]["subject"] == "A package is ready – größer"
    assert body["replyTo"] == [{"address": "hello@specstep.com"}]


def test_azure_takes_an_sms_and_says_its_id(acs: CarrierPeer) -> None:
    sent = sms()
    assert choosing.send_sms(sent).carrier_id == acs.sms[0]["id"]
    assert acs.sms[0]["tag"] == str(sent.id)


def test_a_second_try_of_the_same_message_is_one_message(acs: CarrierPeer) -> None:
    first, text = mail(), sms()
    for _ in range(2):
        choosing.send_mail(first)
        choosing.send_sms(text)
    assert (acs.calls, len(acs.mails), len(acs.sms)) == (4, 1, 1)


def test_an_operation_that_is_there_already_counts_as_taken(acs: CarrierPeer) -> None:
    acs.faults = [Fault(409)]
    sent = mail()
    assert choosing.send_mail(sent).carrier_id == str(sent.id)


def test_twilio_takes_an_sms(twilio: CarrierPeer, settings: Settings) -> None:
    assert choosing.send_sms(sms()).carrier_id == twilio.sms[0]["id"]
    settings.TWILIO_FROM = "MG" + "1" * 32
    choosing.send_sms(sms())
    assert [one["from"] for one in twilio.sms] == ["+15005550006", ""]


@pytest.mark.parametrize(
    ("fault", "permanent", "unclear", "says"),
    [
        (Fault(429, {"retry-after": "7"}), False, False, "busy or out of order"),
        (Fault(503), False, False, "busy or out of order"),
        (Fault(400, body='{"error": {"message": "ruth@example.org is bad"}}'), True, False, r"refused the message \(HTTP 400\)"),
        (Fault(401), False, False, "refuses our credentials"),
        (Fault(silence=3.0), False, True, "connection ended"),
        (Fault(untaken=True), False, True, "connection ended"),
        (Fault(302, {"location": "http://127.0.0.1:1/"}), True, False, "refused"),
    ],
    ids=["busy", "down", "refused", "credentials", "silent", "hangs up", "leads elsewhere"],
)
@pytest.mark.parametrize("carrier", ["acs", "twilio"])
def test_each_fault_is_told_apart(
    request: pytest.FixtureRequest, settings: Settings, carrier: str, fault: Fault, permanent: bool, unclear: bool, says: str
) -> None:
    peer: CarrierPeer = request.getfixturevalue(carrier)
    settings.CARRIER_SECONDS = 0.4
    peer.faults = [fault]
    with pytest.raises(NotSent, match=says) as caught:
        choosing.send_sms(sms())
    assert (caught.value.permanent, caught.value.unclear) == (permanent, unclear)
    assert "ruth" not in str(caught.value)
    assert caught.value.retry_after == (7.0 if fault.status == 429 else None)


def test_a_date_to_wait_for_is_understood(acs: CarrierPeer) -> None:
    with clock.frozen(dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)):
        acs.faults = [Fault(429, {"retry-after": "Mon, 30 Nov 2026 12:01:30 GMT"}), Fault(429, {"retry-after": "soon"})]
        waits = []
        for _ in range(2):
            with pytest.raises(NotSent) as caught:
                choosing.send_mail(mail())
            waits.append(caught.value.retry_after)
    assert waits == [90.0, None]


@pytest.mark.parametrize("body", ["", "no json", "[]", "{}", '{"value": []}', '{"value": [{"messageId": 7}]}'])
def test_an_answer_without_an_id_counts_as_taken(acs: CarrierPeer, body: str) -> None:
    acs.faults = [Fault(202, body=body), Fault(202, body=body)]
    sent = mail()
    assert choosing.send_mail(sent).carrier_id == str(sent.id)
    assert choosing.send_sms(sms()).carrier_id == ""


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (404, True), (429, False), (500, False), (None, True)])
def test_a_number_azure_does_not_take_is_not_sent(acs: CarrierPeer, status: int | None, permanent: bool) -> None:
    item = f'{{"to": "+12025550143", "httpStatusCode": {status or "null"}, "successful": false, "errorMessage": "+12025550143"}}'
    acs.faults = [Fault(202, body=f'{{"value": [{item}]}}')]
    with pytest.raises(NotSent) as caught:
        choosing.send_sms(sms())
    assert caught.value.permanent is permanent
    assert "+1202" not in str(caught.value)


def test_nobody_there_is_a_passing_fault(acs: CarrierPeer, settings: Settings) -> None:
    settings.ACS_ENDPOINT, settings.EGRESS_ALLOW = "https://127.0.0.1:1", ["127.0.0.1"]
    with pytest.raises(NotSent, match="could not be reached") as caught:
        choosing.send_mail(mail())
    assert not caught.value.permanent
    assert not caught.value.unclear


def test_an_address_that_may_not_be_called_is_the_operators_to_mend(acs: CarrierPeer, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    with pytest.raises(NotSent, match="mend the settings"):
        choosing.send_mail(mail())
    settings.ACS_ACCESS_KEY = "no base64!"
    with pytest.raises(NotSent, match="ACS_ACCESS_KEY"):
        choosing.send_mail(mail())


def test_without_a_carrier_nothing_is_sent(settings: Settings) -> None:
    settings.MAIL_PROVIDER = settings.SMS_PROVIDER = "none"
    with pytest.raises(NotSent, match="ACS_ENDPOINT") as caught:
        choosing.send_mail(mail())
    assert caught.value.permanent
    with pytest.raises(NotSent, match="SMS_PROVIDER") as caught:
        choosing.send_sms(sms())
    assert caught.value.permanent


def test_both_carriers_stand_in_the_table_of_those_we_call() -> None:
    parties = {party.name: party for party in egress.declared()}
    assert parties["Azure Communication Services"].purposes == ("email", "sms")
    assert parties["Twilio"].purposes == ("sms",)
    assert "number" in parties["Twilio"].data
