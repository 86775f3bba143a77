"""A tool that was let in, for tests."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from api.models import AccessToken, Client
from api.oauth import places
from api.oauth.rules import tokens
from ground import clock

DAYS = dt.timedelta(days=90)


def a_client(name: str = "Drafting Desk", *, redirect_uris: str = "http://localhost/callback", secret: str = "") -> Client:
    made: Client = Client.objects.create(
        name=name,
        client_id=f"client-{tokens.new('')[:12]}",
        client_type=Client.CLIENT_CONFIDENTIAL if secret else Client.CLIENT_PUBLIC,
        client_secret=secret,
        authorization_grant_type=Client.GRANT_AUTHORIZATION_CODE,
        redirect_uris=redirect_uris,
        registration_source=Client.RegistrationSource.DCR,
    )
    return made


def a_token(user: User, client: Client | None = None, *, resource: list[str] | None = None) -> tuple[AccessToken, str]:
    """A row and its raw token, as the exchange of a code leaves them."""
    raw = tokens.new(tokens.TOKEN)
    row = AccessToken.objects.create(
        user=user,
        application=client or a_client(),
        token_checksum=tokens.checksum(raw),
        prefix=tokens.prefix_of(raw),
        scope=places.SCOPE,
        resource=[places.resource()] if resource is None else resource,
        expires=clock.now() + DAYS,
    )
    return row, raw
