"""Mails that Django or a library sends go by the carrier too."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail
from pytest_django import Settings

from accounts.carriers.envelope import NotSent
from tests.plugins.carriers import CarrierPeer, Fault


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings, acs: CarrierPeer) -> None:
    settings.EMAIL_BACKEND = "accounts.carriers.backend.CarrierBackend"


def test_a_plain_mail_goes_to_each_address_alone(acs: CarrierPeer) -> None:
    assert send_mail("Done", "Your account is <gone>.", None, ["a@example.org", "b@example.org"]) == 1
    assert [mail["recipients"]["to"] for mail in acs.mails] == [[{"address": "a@example.org"}], [{"address": "b@example.org"}]]
    assert "&lt;gone&gt;" in acs.mails[0]["content"]["html"]
    assert acs.mails[0]["content"]["plainText"] == "Your account is <gone>."


def test_html_and_the_address_for_answers_are_kept(acs: CarrierPeer) -> None:
    mail = EmailMultiAlternatives("Done", "text", to=["a@example.org"], reply_to=["desk@example.org"])
    mail.attach_alternative("<p>html</p>", "text/html")
    mail.send()
    assert acs.mails[0]["content"]["html"] == "<p>html</p>"
    assert acs.mails[0]["replyTo"] == [{"address": "desk@example.org"}]


def test_a_subject_of_two_lines_begins_no_header(acs: CarrierPeer) -> None:
    send_mail("Done\r\nBcc: all@example.org", "text", None, ["a@example.org"])
    assert acs.mails[0]["content"]["subject"] == "Done Bcc: all@example.org"


def test_what_is_refused_is_told_unless_it_shall_be_silent(acs: CarrierPeer) -> None:
    acs.faults = [Fault(400), Fault(400)]
    with pytest.raises(NotSent, match="refused"):
        send_mail("Done", "text", None, ["a@example.org"])
    assert send_mail("Done", "text", None, ["a@example.org"], fail_silently=True) == 0
    with pytest.raises(NotSent, match="attachments"):
        EmailMessage("Done", "text", to=["a@example.org"], cc=["b@example.org"], connection=get_connection()).send()
