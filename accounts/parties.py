"""Who is called from this floor, for the table of sub-processors."""

from __future__ import annotations

from django.conf import settings

from accounts.carriers import acs, twilio
from ground.egress import Party, host_of

PARTIES = (
    Party(
        name=acs.PARTY,
        purposes=("email", "sms"),
        data="Your email address or verified number, and the text of the mail or SMS.",
        hosts=lambda: [host_of(settings.ACS_ENDPOINT)] if settings.ACS_ENDPOINT else [],
        country="the region of the operator's resource",
        optional=False,
    ),
    Party(
        name=twilio.PARTY,
        purposes=("sms",),
        data="Your verified number and the text of the SMS, where the operator has chosen Twilio.",
        hosts=lambda: [host_of(settings.TWILIO_API_URL)] if settings.SMS_PROVIDER == twilio.NAME else [],
        country="USA",
    ),
)
