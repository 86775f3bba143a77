"""Google's way of letting people and us in (developers.google.com, "Using OAuth 2.0 for Web Server Applications"), and its picker
by redirect ("Google Picker for desktop and mobile apps"), which needs no script of Google's on our pages (docs/adr/0019)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

from connectors.contract import Begun, Tokens
from connectors.parties import GOOGLE_LOGIN, TOKENS
from connectors.troubles import AccessEnded, FolderTrouble
from ground import clock, egress
from ground.errors import SpecStepError

SECONDS = 15.0
AWAY = "Google could not be asked for permission. Try again in a minute."
ENDED = AccessEnded("Google lets SpecStep in no more. Authorise the folder again in Settings, Integrations.")
REGISTRATION = "Google refuses SpecStep's own registration. The operator of this service has to see to it."


def begin(scopes: list[str], *, back: str, picks: bool) -> Begun:
    """PKCE by SHA-256 (RFC 7636); a refresh token is asked for."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": settings.GOOGLE_DRIVE_APP[0],
        "redirect_uri": back,
        "response_type": "code",
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
    }
    if picks:
        asked |= {"trigger_onepick": "true", "allow_multiple": "true"}
    return Begun(f"{settings.GOOGLE_AUTHORIZE_URL}?{urlencode(asked)}", {"state": state, "verifier": verifier}, state)


@sensitive_variables()
def redeem(secret: Mapping[str, Any], answer: Mapping[str, str], scopes: list[str], *, back: str) -> Tokens:
    if answer.get("error") == "access_denied":
        raise FolderTrouble("You did not allow it at Google, so nothing is connected.", permanent=True)
    if not answer.get("code"):
        raise FolderTrouble("Google sent no permission. Begin again.", permanent=True)
    known, our_secret = settings.GOOGLE_DRIVE_APP
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": back,
        "client_id": known,
        "client_secret": our_secret,
        "code_verifier": secret["verifier"],
    }
    with _session() as session:
        response = session.post(settings.GOOGLE_TOKEN_URL, data=form, headers={"Accept": "application/json"})
        said = response.json()
    if not isinstance(said, dict) or response.status_code != 200:
        error = said.get("error") if isinstance(said, dict) else ""
        if error in ("invalid_client", "unauthorized_client"):
            raise FolderTrouble(REGISTRATION)
        raise FolderTrouble("Google did not take its own code back. Begin again.", permanent=error == "invalid_grant")
    access, refresh = said.get("access_token"), said.get("refresh_token") or ""
    if not isinstance(access, str) or not access.isascii() or not access.isprintable() or not 0 < len(access) < 16_384:
        raise FolderTrouble("Google gave no token that can be used. Try again.")
    granted = set(str(said.get("scope", "")).split())
    if not set(scopes) <= granted:
        raise FolderTrouble("You did not allow reading files at Google, so nothing is connected.", permanent=True)
    seconds = said.get("expires_in")
    lifetime = dt.timedelta(seconds=seconds if isinstance(seconds, int) and 60 <= seconds <= 86_400 else 3600)
    # Google counts calls per person; there is no word for the person without asking for more than files.
    return Tokens(access, str(refresh), clock.now() + lifetime, secrets.token_hex(16))


@sensitive_variables()
def renew(refresh: str, scopes: list[str]) -> Tokens:
    known, our_secret = settings.GOOGLE_DRIVE_APP
    held = Credentials(  # type: ignore[no-untyped-call]
        None, refresh_token=refresh, token_uri=settings.GOOGLE_TOKEN_URL, client_id=known, client_secret=our_secret
    )
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    with _session() as session:
        try:
            held.refresh(Request(session))  # type: ignore[no-untyped-call]
        except RefreshError as error:
            said = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
            if said.get("error") == "invalid_grant":
                raise ENDED from None
            if said.get("error") in ("invalid_client", "unauthorized_client"):
                raise FolderTrouble(REGISTRATION) from None
            raise FolderTrouble(AWAY) from None
        except (GoogleAuthError, TransportError):
            raise FolderTrouble(AWAY) from None
    if not isinstance(held.token, str) or not held.token:
        raise FolderTrouble("Google gave no token that can be used. Try again.")
    # google-auth reckons by the machine's clock; what is left is added to ours.
    left = held.expiry - before if held.expiry else dt.timedelta(hours=1)
    return Tokens(held.token, str(held.refresh_token or refresh), clock.now() + left)


@sensitive_variables()
def revoke(token: str) -> None:
    """Both tokens of the permission end (RFC 7009)."""
    with _session() as session:
        response = session.post(settings.GOOGLE_REVOKE_URL, data={"token": token})
        # 400: it does not know the token, so it has ended already.
        if response.status_code not in (200, 400):
            raise FolderTrouble("Google did not answer when we told it to end the permission.")


@contextmanager
def _session() -> Iterator[requests.Session]:
    try:
        with egress.requests_session(
            party=GOOGLE_LOGIN, purpose=TOKENS, timeout=(3.0, SECONDS), seconds=SECONDS, max_answer_bytes=1 << 20
        ) as session:
            session.headers["User-Agent"] = "SpecStep"
            yield session
    except SpecStepError as error:
        if isinstance(error, FolderTrouble):
            raise
        raise FolderTrouble(str(error)) from None
    except (requests.RequestException, ValueError) as error:
        raise FolderTrouble(AWAY) from Exception(type(error).__name__)
