"""A tool asks a person for access: its request is read, shown, and answered with a code or a refusal.

The request is read anew for the answer, from the same address: nothing of it travels through the form. Parameters that are not
ours are dropped before the library sees them, among them ``approval_prompt``, by which a client could ask for consent without a
person, and ``response_mode``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.views.decorators.debug import sensitive_variables
from oauthlib.oauth2 import FatalClientError, OAuth2Error
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError

from accounts.models import User
from api.models import Client
from api.oauth import connecting, documents, places
from api.oauth.rules import redirects
from api.oauth.server import server
from ground import clock
from ground.errors import BadInput

ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")
LONGEST = 8000
"""Characters of a request."""


class SentBack(Exception):
    """The tool is told at its own address: ``to`` holds the error (RFC 6749, 4.1.2.1)."""

    def __init__(self, to: str) -> None:
        super().__init__("The request is answered at the tool's address.")
        self.to = to


@dataclass(frozen=True)
class Asked:
    """What a tool asks for, checked."""

    client: Client
    redirect_uri: str
    scopes: list[str]
    credentials: dict[str, Any]
    address: str

    @property
    def host(self) -> str:
        """Where the answer goes, for a person to read."""
        return redirects.host_of(self.redirect_uri)

    @property
    def path(self) -> str:
        return urlsplit(self.redirect_uri).path or "/"

    @property
    def ends(self) -> dt.datetime:
        """When a token made now would end."""
        return clock.now() + dt.timedelta(seconds=settings.TOOL_TOKEN_SECONDS)

    @property
    def is_on_this_computer(self) -> bool:
        return redirects.is_loopback(self.redirect_uri)

    @property
    def described_at(self) -> str:
        """The host that vouches for the name, where the client is known by its document."""
        client_id = self.client.client_id
        return redirects.host_of(client_id) if self.client.registration_source == Client.RegistrationSource.CIMD else ""

    @property
    def leads_to(self) -> str:
        """The source of the redirect for a content policy; a policy cannot name an IPv6 address, so there it is the scheme."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"


def read(query: QueryDict, *, by: User) -> Asked:
    """The request in ``query``. Raises ``NoClient`` or ``BadInput`` where nobody may be redirected, and ``SentBack``."""
    address = f"{places.endpoint('authorize')}?{urlencode(_known(query))}"
    client = documents.resolve(query.get("client_id", ""), by=by)
    try:
        scopes, credentials = server().validate_authorization_request(address)
    except FatalClientError as error:
        raise BadInput(_why(error)) from error
    except OAuth2Error as error:
        raise SentBack(_in_uri(error)) from error
    # The library keeps the request it read; the answer reads its own.
    credentials.pop("request", None)
    return Asked(client, credentials["redirect_uri"], scopes, credentials, address)


@sensitive_variables("headers")
def allow(asked: Asked, *, by: User) -> str:
    """The person agreed: where to send the browser, with a code (RFC 6749, 4.1.2; RFC 9207)."""
    with transaction.atomic():
        owner = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if not connecting.is_open(owner):
            raise BadInput("This account is suspended or being deleted, so no tool can be connected.")
        try:
            headers, _, _ = server().create_authorization_response(
                asked.address, scopes=asked.scopes, credentials=asked.credentials | {"user": owner}
            )
        except OAuth2Error as error:
            raise SentBack(_in_uri(error)) from error
    return _with_issuer(headers["Location"])


def deny(asked: Asked, *, by: User) -> str:
    """The person said no: where to send the browser, with the error."""
    connecting.refuse(asked.client, actor=by)
    error = AccessDeniedError(state=asked.credentials.get("state"))
    return _with_issuer(error.in_uri(asked.redirect_uri))


def _known(query: QueryDict) -> list[tuple[str, str]]:
    given = [(name, value) for name in ONCE for value in query.getlist(name)]
    given += [("resource", value) for value in query.getlist("resource")]
    text = "".join(value for _, value in given)
    if len(text) > LONGEST or any(ord(sign) < 32 for sign in text):
        raise BadInput("The tool's request is too long or holds signs that no address has. Start again in the tool.")
    return given


def _why(error: FatalClientError) -> str:
    """The library's few words, in a sentence for a person who cannot mend it."""
    if "redirect" in f"{error.error} {error.description}".lower():
        return "The tool wants the answer sent to an address that it has not registered."
    return "The tool's request is incomplete or contradicts itself. Start again in the tool."


def _in_uri(error: OAuth2Error) -> str:
    return _with_issuer(error.in_uri(error.redirect_uri))


def _with_issuer(uri: str) -> str:
    """With ``iss``, in answers and errors alike, so that a client can tell servers apart (RFC 9207, 2)."""
    parts = urlsplit(uri)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "iss"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("iss", places.issuer())])))
