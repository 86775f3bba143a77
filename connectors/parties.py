"""Whom this floor calls: declared at the start, so that the table of parties is whole before any provider is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings

from connectors.border import PURPOSE
from ground.egress import Party, declare, host_of

GRAPH, MICROSOFT_LOGIN, MICROSOFT_FILES = (
    "Microsoft Graph (folders)",
    "Microsoft sign-in (folders)",
    "Microsoft file storage (folders)",
)
DRIVE, GOOGLE_LOGIN, GOOGLE_FILES = "Google Drive (folders)", "Google sign-in (folders)", "Google file storage (folders)"
TOKENS = "folder credentials"


def _at(*names: str) -> Callable[[], Iterable[str]]:
    return lambda: [host_of(getattr(settings, name)) for name in names]


ASKED = "Ids of the one folder you chose and of what is in it, with the credential you gave. Nothing about your work."
HANDED = "The one-time address the provider made for a file, without any credential."
LET_IN = "The code or token of your own permission and our own credentials; nothing about your work."


def declare_all() -> None:
    """Add our parties to the table of egress."""
    country = "United States"
    for name, purpose, data, hosts in (
        (GRAPH, PURPOSE, ASKED, _at("GRAPH_URL")),
        (MICROSOFT_LOGIN, TOKENS, LET_IN, _at("MICROSOFT_LOGIN_URL")),
        (MICROSOFT_FILES, PURPOSE, HANDED, None),  # named by Graph; kept to the settings' hosts by connectors.border
        (DRIVE, PURPOSE, ASKED, _at("GOOGLE_API_URL")),
        (GOOGLE_LOGIN, TOKENS, LET_IN, _at("GOOGLE_TOKEN_URL", "GOOGLE_REVOKE_URL")),
        (GOOGLE_FILES, PURPOSE, HANDED, None),
    ):
        declare(Party(name=name, purposes=(purpose,), data=data, hosts=hosts, country=country))
