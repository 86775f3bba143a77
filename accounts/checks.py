"""What must be set before mails and SMS can go out of production (``manage.py check --deploy``)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

NEEDED = {
    "acs": ("ACS_ENDPOINT", "ACS_ACCESS_KEY"),
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"),
}


@register(Tags.security, deploy=True)
def mails_can_go_out(**_: Any) -> list[CheckMessage]:
    if settings.MAIL_PROVIDER in ("none", "console"):
        return [
            Error(
                "No service carries mails: nobody would be told of an incident, a suspended key or a deletion.",
                hint="Set ACS_ENDPOINT, ACS_ACCESS_KEY and ACS_EMAIL_SENDER; see docs/notices.md.",
                id="specstep.E010",
            )
        ]
    return _missing((*NEEDED["acs"], "ACS_EMAIL_SENDER"), "mails", "specstep.E011")


@register(Tags.security, deploy=True)
def sms_can_go_out(**_: Any) -> list[CheckMessage]:
    needed = NEEDED.get(settings.SMS_PROVIDER, ())
    return _missing((*needed, "ACS_SMS_SENDER") if settings.SMS_PROVIDER == "acs" else needed, "SMS", "specstep.E012")


@register(Tags.security, deploy=True)
def links_lead_to_the_service(**_: Any) -> list[CheckMessage]:
    if settings.SITE_URL.startswith("https://"):
        return []
    return [Error("SITE_URL is not the https address of this service: links in mails would lead nowhere.", id="specstep.E013")]


def _missing(names: tuple[str, ...], what: str, code: str) -> list[CheckMessage]:
    missing = [name for name in names if not getattr(settings, name)]
    return [Error(f"{', '.join(missing)} not set: no {what} can be sent.", id=code)] if missing else []
