"""The settings of carriers: chosen by what is set, checked before production starts, tried by a command."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import checks
from tests.plugins.carriers import CarrierPeer, Fault
from tests.specstep.test_settings import manage

ASK = (
    "shell",
    "-v",
    "0",
    "-c",
    "from django.conf import settings as s; print(s.MAIL_PROVIDER, s.SMS_PROVIDER, s.EMAIL_BACKEND.rpartition('.')[2])",
)


@pytest.mark.promise("S-133")
def test_azure_carries_both_as_soon_as_its_address_is_set(tmp_path: object) -> None:
    said = manage(*ASK, SPECSTEP_DATA_DIR=str(tmp_path), ACS_ENDPOINT="https://acs.specstep.example").stdout.split()
    assert said == ["acs", "acs", "CarrierBackend"]


def test_production_without_a_carrier_sends_nothing(tmp_path: object) -> None:
    said = manage(*ASK, SPECSTEP_DATA_DIR=str(tmp_path), SPECSTEP_DEBUG="false").stdout.split()
    assert said == ["none", "none", "CarrierBackend"]
    wrong = manage(*ASK, SPECSTEP_DATA_DIR=str(tmp_path), SMS_PROVIDER="pigeon")
    assert "SMS_PROVIDER is 'pigeon'. Set one of acs, twilio, console, none." in wrong.stderr


def test_each_missing_setting_is_named(acs: CarrierPeer, settings: Settings) -> None:
    assert checks.mails_can_go_out() == checks.sms_can_go_out() == checks.links_lead_to_the_service() == []
    settings.ACS_EMAIL_SENDER = settings.ACS_SMS_SENDER = ""
    assert "ACS_EMAIL_SENDER not set: no mails" in checks.mails_can_go_out()[0].msg
    assert "ACS_SMS_SENDER not set: no SMS" in checks.sms_can_go_out()[0].msg
    settings.SMS_PROVIDER = "twilio"
    assert "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM not set" in checks.sms_can_go_out()[0].msg
    settings.SMS_PROVIDER, settings.MAIL_PROVIDER, settings.SITE_URL = "none", "none", "http://127.0.0.1:8000"
    assert checks.sms_can_go_out() == []
    assert [fault.id for fault in (*checks.mails_can_go_out(), *checks.links_lead_to_the_service())] == [
        "specstep.E010",
        "specstep.E013",
    ]


def test_the_command_tries_both_carriers(acs: CarrierPeer, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("try_carriers", "--mail", "op@example.org", "--sms", "+1 202 555 0143")
    assert capsys.readouterr().out == "The carrier acs took the mail.\nThe carrier acs took the SMS.\n"
    assert (len(acs.mails), len(acs.sms)) == (1, 1)
    acs.faults = [Fault(401)]
    with pytest.raises(CommandError, match="refuses our credentials"):
        call_command("try_carriers", "--mail", "op@example.org")
    with pytest.raises(CommandError, match="Say where to"):
        call_command("try_carriers")
    with pytest.raises(CommandError, match=r"Begin with \+"):
        call_command("try_carriers", "--sms", "123")


def test_on_a_laptop_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("try_carriers", "--mail", "op@example.org", "--sms", "+1 202 555 0143")
    assert "SMS to +12025550143\nSpecStep: a test of the settings." in capsys.readouterr().out
    assert [sent.subject for sent in mail.outbox] == ["A test of the settings"]
