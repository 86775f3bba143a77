"""Clients become known: they register themselves (RFC 7591), or their document is read (``api.oauth.documents``)."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.views.decorators.debug import sensitive_variables

from api import periods
from api.models import AccessToken, Client, Grant
from api.oauth import places
from api.oauth.rules import registration, tokens
from api.oauth.rules.registration import Registration
from ground import clock

log = logging.getLogger(__name__)

UNUSED_KEPT = periods.UNUSED_CLIENT.length
USED_KEPT = periods.USED_CLIENT.length
"""A client that nobody let in is forgotten after a week, one without a token half a year after somebody did."""


@sensitive_variables()
def register(said: Any) -> dict[str, Any]:
    """Make a client of what it says of itself; what it is answered (RFC 7591, 3.2.1). Raises ``BadMetadata``.

    A client that can keep a secret gets one, this once. It gives nobody access: that takes a person's consent.
    """
    asked = registration.read(said)
    secret = "" if asked.method == registration.NONE else tokens.new(tokens.SECRET)
    client = Client.objects.create(
        client_id=f"tool-{uuid4().hex}",
        client_secret=secret,
        registration_source=Client.RegistrationSource.DCR,
        **_columns(asked),
    )
    answer = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        "client_name": asked.name,
        "redirect_uris": list(asked.redirect_uris),
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": asked.method,
        "scope": places.SCOPE,
    }
    # A secret lasts as long as its client (RFC 7591, 3.2.1: 0 is never).
    return answer | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {})


def keep_document(address: str, asked: Registration, *, seconds: int) -> Client:
    """The client of this document, made or renewed; it holds for so many seconds."""
    columns = _columns(asked) | {"cimd_expires_at": clock.now() + dt.timedelta(seconds=seconds)}
    source = Client.RegistrationSource.CIMD
    try:
        with transaction.atomic():
            Client.objects.update_or_create(client_id=address, registration_source=source, defaults=columns)
    except IntegrityError:
        log.debug("Two first visits at once: the other one has just kept the same document.")
    known: Client = Client.objects.get(client_id=address, registration_source=source)
    return known


def sweep() -> int:
    """Forget clients that nobody uses. How many. Those with a token or a code stay."""
    own = {"application": OuterRef("pk")}
    held = Exists(AccessToken.objects.filter(**own)) | Exists(Grant.objects.filter(**own))
    now = clock.now()
    old = Q(last_authorised_at=None, created__lt=now - UNUSED_KEPT) | Q(last_authorised_at__lt=now - USED_KEPT)
    return int(Client.objects.filter(old).exclude(held).delete()[0])


def _columns(asked: Registration) -> dict[str, Any]:
    public = asked.method == registration.NONE
    return {
        "name": asked.name,
        "redirect_uris": " ".join(asked.redirect_uris),
        "client_type": Client.CLIENT_PUBLIC if public else Client.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Client.GRANT_AUTHORIZATION_CODE,
    }
