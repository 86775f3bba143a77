"""Microsoft's way of letting people and us in, by MSAL over the one way out (learn.microsoft.com, "Authorization code flow")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msal
import requests
from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from msal.exceptions import MsalError

from connectors.contract import Begun, Tokens
from connectors.parties import MICROSOFT_LOGIN, TOKENS
from connectors.troubles import AccessEnded, FolderTrouble
from ground import clock, egress
from ground.errors import SpecStepError

SECONDS = 15.0
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant that stands for all personal accounts (learn.microsoft.com, "ID token claims")."""
ENDED = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
AWAY = "Microsoft could not be asked for permission. Try again in a minute."


def begin(scopes: list[str], *, back: str) -> Begun:
    with _application() as application:
        flow: dict[str, Any] = application.initiate_auth_code_flow(scopes, redirect_uri=back, prompt="select_account")
    return Begun(address=flow.pop("auth_uri"), secret=flow, state=flow["state"])


@sensitive_variables()
def redeem(secret: Mapping[str, Any], answer: Mapping[str, str], scopes: list[str]) -> Tokens:
    with _application() as application:
        try:
            said = application.acquire_token_by_auth_code_flow(dict(secret), dict(answer))
        except (ValueError, RuntimeError):
            # Its words may hold the state or the code.
            raise FolderTrouble("Microsoft's answer does not belong to this attempt. Begin again.", permanent=True) from None
    tokens = _tokens(said)
    granted = {scope.rsplit("/", 1)[-1].casefold() for scope in str(said.get("scope", "")).split()}
    if missing := [scope for scope in scopes if scope.casefold() not in granted]:
        raise FolderTrouble(f"Microsoft did not grant {missing[0]}, without which nothing can be read.", permanent=True)
    claims = said.get("id_token_claims")
    claims = claims if isinstance(claims, dict) else {}
    tenant, person = str(claims.get("tid", "")), str(claims.get("oid") or claims.get("sub") or "")
    # Personal accounts share one tenant on paper; Microsoft counts them one by one.
    return Tokens(tokens.access, tokens.refresh, tokens.expires_at, person if tenant in ("", PERSONAL) else tenant)


@sensitive_variables()
def renew(refresh: str, scopes: list[str]) -> Tokens:
    with _application() as application:
        said = application.acquire_token_by_refresh_token(refresh, scopes)
    return _tokens(said)


@sensitive_variables()
def _tokens(said: Mapping[str, Any]) -> Tokens:
    if error := said.get("error"):
        if error in ENDED:
            raise AccessEnded("Microsoft lets SpecStep in no more. Authorise the folder again in Settings, Integrations.")
        if error in ("invalid_client", "unauthorized_client"):
            raise FolderTrouble("Microsoft refuses SpecStep's own registration. The operator of this service has to see to it.")
        if error == "access_denied":
            raise FolderTrouble("You did not allow it at Microsoft, so nothing is connected.", permanent=True)
        raise FolderTrouble(AWAY)
    access, refresh = said.get("access_token"), said.get("refresh_token") or ""
    if not fit(access) or not isinstance(refresh, str):
        raise FolderTrouble("Microsoft gave no token that can be used. Try again.")
    return Tokens(str(access), refresh, clock.now() + lifetime(said.get("expires_in")))


def fit(token: object) -> bool:
    """Whether it can travel in a header (RFC 6750, 2.1)."""
    return isinstance(token, str) and 0 < len(token) < 16_384 and token.isascii() and token.isprintable()


def lifetime(seconds: object) -> dt.timedelta:
    """How long a token says it is good for; an hour where it does not say."""
    try:
        return dt.timedelta(seconds=max(60, min(int(str(seconds)), 24 * 3600)))
    except ValueError:
        return dt.timedelta(hours=1)


@contextmanager
def _application() -> Iterator[Any]:
    known, secret = settings.ONEDRIVE_APP
    authority = f"{settings.MICROSOFT_LOGIN_URL}/{settings.ONEDRIVE_TENANT}"
    try:
        with egress.requests_session(
            party=MICROSOFT_LOGIN, purpose=TOKENS, timeout=(3.0, SECONDS), seconds=SECONDS, max_answer_bytes=1 << 20
        ) as session:
            session.headers["User-Agent"] = "SpecStep"
            yield msal.ConfidentialClientApplication(
                known,
                client_credential=secret,
                authority=authority,
                instance_discovery=False,
                http_client=session,
                exclude_scopes=["profile"],
            )
    except SpecStepError as error:
        if isinstance(error, FolderTrouble):
            raise
        raise FolderTrouble(str(error)) from None
    except (requests.RequestException, MsalError, ValueError, KeyError, RuntimeError) as error:
        # What went wrong, not its words: they may hold what was sent.
        raise FolderTrouble(AWAY) from Exception(type(error).__name__)
