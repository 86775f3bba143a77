"""The carrier of the settings: ``MAIL_PROVIDER`` and ``SMS_PROVIDER``."""

from __future__ import annotations

from django.conf import settings

from accounts.carriers import acs, console, twilio
from accounts.carriers.envelope import Handed, Mail, NotSent, Sms

REPEATABLE = {acs.NAME, console.NAME}
"""Who knows a message again by its id: a second try after an unclear first one cannot become a second message."""


def send_mail(mail: Mail) -> Handed:
    """Hand over one mail. Raises ``NotSent``."""
    match settings.MAIL_PROVIDER:
        case "acs":
            return acs.send_mail(mail)
        case "console":
            return console.send_mail(mail)
    raise NotSent("No service that carries mails is set up. The operator has to set ACS_ENDPOINT.", permanent=True)


def send_sms(sms: Sms) -> Handed:
    """Hand over one SMS. Raises ``NotSent``."""
    match settings.SMS_PROVIDER:
        case "acs":
            return acs.send_sms(sms)
        case "twilio":
            return twilio.send_sms(sms)
        case "console":
            return console.send_sms(sms)
    raise NotSent("SMS are not set up on this service. The operator has to set SMS_PROVIDER.", permanent=True)


def sends_sms() -> bool:
    """Whether there is any way to send an SMS."""
    return bool(settings.SMS_PROVIDER != "none")


def may_repeat(channel: str) -> bool:
    """Whether a message of which nobody knows if it was sent can be handed over again."""
    return (settings.SMS_PROVIDER if channel == "sms" else settings.MAIL_PROVIDER) in REPEATABLE
