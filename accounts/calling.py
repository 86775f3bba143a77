"""Calls to a sign-in provider, made while a person waits: few, short, to a declared party, within one time for all of them."""

from __future__ import annotations

import time
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest

from accounts.rules.claims import Picture, kind_of_image
from ground import egress
from ground.errors import SpecStepError

PURPOSE = "sign-in"
CONNECT_SECONDS = 3.0
PHOTO_SHARE = 0.25
MAX_ANSWER_BYTES = 256 * 1024
MAX_PHOTO_BYTES = 512 * 1024
CLOCK_SKEW_SECONDS = 60


class Calls:
    """The calls of one way back from a provider."""

    def __init__(self, party: str) -> None:
        self.party = party
        self._end = time.monotonic() + settings.SIGN_IN_SECONDS

    def session(self, *, share: float = 1.0, max_answer_bytes: int = MAX_ANSWER_BYTES) -> requests.Session:
        """A session for the time that is left. Raises ``requests.Timeout`` when none is."""
        left = min(settings.SIGN_IN_SECONDS * share, self._end - time.monotonic())
        if left <= 0:
            raise requests.Timeout(f"{self.party} took too long.")
        return egress.requests_session(
            party=self.party,
            purpose=PURPOSE,
            timeout=(min(CONNECT_SECONDS, left), left),
            seconds=left,
            max_answer_bytes=max_answer_bytes,
        )


def call(method: str, url: str, *, may_be_missing: bool = False, **options: Any) -> Any:
    """The JSON that ``url`` answers with status 200. Raises ``OAuth2Error`` or ``requests.RequestException`` for all else.

    ``may_be_missing``: None where the provider says that there is no such thing (404).
    """
    options["headers"] = {"Accept": "application/json"} | options.get("headers", {})
    try:
        with get_adapter().get_requests_session() as out:
            answer = out.request(method, url, **options)
    except SpecStepError as error:
        raise OAuth2Error(str(error)) from error
    if may_be_missing and answer.status_code == 404:
        return None
    if answer.status_code != 200:
        # The body is not repeated: it may hold the code or the token we sent.
        raise OAuth2Error(f"The provider answered {answer.status_code}.")
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise OAuth2Error("The provider's answer is no JSON.") from error


def photo(request: HttpRequest, url: str, token: str) -> Picture | None:
    """Microsoft's picture of the person; empty where there is none, None when it could not be learned. Never a reason to fail."""
    calls: Calls = request.calls  # type: ignore[attr-defined]
    try:
        with calls.session(share=PHOTO_SHARE, max_answer_bytes=MAX_PHOTO_BYTES) as out:
            answer = out.get(url, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code == 404:
                return Picture()
            content_type = kind_of_image(answer.content) if answer.status_code == 200 else ""
            return Picture(content=answer.content, content_type=content_type) if content_type else None
    except (requests.RequestException, SpecStepError):
        return None


def id_token(raw: Any, *, audience: str, issuers: list[str] | None) -> dict[str, Any]:
    """The claims of an id token that came straight from the provider over TLS (OpenID Connect Core 1.0, 3.1.3.7: no signature is
    needed then). Audience, end and, where ``issuers`` are given, issuer are checked. Raises ``OAuth2Error``.
    """
    if not isinstance(raw, str):
        raise OAuth2Error("The provider's answer holds no id token.")
    try:
        claims: dict[str, Any] = jwt.decode(
            raw,
            options={
                "verify_signature": False,
                "verify_exp": True,
                "verify_aud": True,
                "verify_iss": issuers is not None,
                "verify_iat": False,
                "verify_nbf": False,
                "require": ["exp", "iss", "aud", "sub"],
            },
            audience=audience,
            issuer=issuers,
            leeway=CLOCK_SKEW_SECONDS,
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise OAuth2Error("The provider's id token does not hold.") from error
    return claims
