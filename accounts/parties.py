"""Who is called from this floor, for the table of sub-processors."""

from __future__ import annotations

from django.conf import settings

from accounts.carriers import acs, twilio
from ground.egress import Party, host_of

SIGN_IN_HOSTS = {
    "Google": ("GOOGLE_TOKEN_URL",),
    "GitHub": ("GITHUB_URL", "GITHUB_API_URL"),
    "Microsoft": ("MICROSOFT_LOGIN_URL", "GRAPH_URL"),
}
"""The settings that name whom we call; the pages people are sent to are not called by us."""


def _sign_in(provider: str, names: tuple[str, ...]) -> Party:
    return Party(
        name=f"{provider} (sign-in)",
        purposes=("sign-in",),
        data="The one-time code of your sign-in and our own credentials; nothing about your work.",
        hosts=lambda: [host_of(getattr(settings, name)) for name in names],
        country="United States",
    )


PARTIES = (
    *(_sign_in(provider, names) for provider, names in SIGN_IN_HOSTS.items()),
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
        country="United States",
    ),
)
