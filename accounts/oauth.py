"""The three providers' own ways: addresses, tokens, and where what we take is found. The rest of OAuth is allauth's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.calling import Calls, call, id_token, photo
from accounts.rules import claims as read
from accounts.rules.claims import Claims
from ground.errors import SpecStepError


def origins() -> list[str]:
    """Of the pages that people are sent to, for the content policy of pages with a button that leads there."""
    pages = {"google": settings.GOOGLE_AUTHORIZE_URL, "github": settings.GITHUB_URL, "microsoft": settings.MICROSOFT_LOGIN_URL}
    parts = [urlsplit(pages[name]) for name, (known, secret) in settings.SIGN_IN_APPS.items() if known and secret]
    return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


class Client(OAuth2Client):
    """Changes the code for tokens, and takes nothing but a proper answer."""

    def get_access_token(
        self, code: str, pkce_code_verifier: str | None = None, extra_data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback_url,
            "client_id": self.consumer_key,
            "client_secret": self.consumer_secret,
            "code_verifier": pkce_code_verifier,
        }
        answer = call("POST", self.access_token_url, data=form)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        # The header it travels in takes printable ASCII only (RFC 6750, 2.1).
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not 0 < len(token) < 16_384:
            raise OAuth2Error("The provider gave no access token.")
        return dict(answer)


class Adapter(OAuth2Adapter, ABC):
    """What the three have in common."""

    client_class = Client
    party: ClassVar[str]

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        request.calls = Calls(self.party)  # type: ignore[attr-defined]

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """It is used in this request and stored nowhere, so how long it says to live does not matter."""
        return SocialToken(token=data["access_token"])

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        try:
            claims = self.claims(app.client_id, token.token, kwargs["response"])
        except SpecStepError as error:
            raise OAuth2Error(str(error)) from error
        return self.get_provider().sociallogin_from_response(request, claims)

    @abstractmethod
    def claims(self, client_id: str, token: str, answer: dict[str, Any]) -> Claims:
        """What this provider says of the person. Raises ``Unreadable`` for an answer it does not document."""


class GoogleAdapter(Adapter):
    provider_id = "google"
    party = "Google (sign-in)"

    @property
    def authorize_url(self) -> str:
        return str(settings.GOOGLE_AUTHORIZE_URL)

    @property
    def access_token_url(self) -> str:
        return str(settings.GOOGLE_TOKEN_URL)

    def claims(self, client_id: str, token: str, answer: dict[str, Any]) -> Claims:
        # Google says both forms of its name are in use (developers.google.com/identity/openid-connect/openid-connect).
        issuers = [settings.GOOGLE_OAUTH_URL, settings.GOOGLE_OAUTH_URL.removeprefix("https://")]
        return read.google(id_token(answer.get("id_token"), audience=client_id, issuers=issuers))


class GitHubAdapter(Adapter):
    provider_id = "github"
    party = "GitHub (sign-in)"

    @property
    def authorize_url(self) -> str:
        return f"{settings.GITHUB_URL}/login/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.GITHUB_URL}/login/oauth/access_token"

    def claims(self, client_id: str, token: str, answer: dict[str, Any]) -> Claims:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        profile = call("GET", f"{settings.GITHUB_API_URL}/user", headers=headers)
        # 404 where the person did not grant the scope.
        emails = call("GET", f"{settings.GITHUB_API_URL}/user/emails", may_be_missing=True, headers=headers)
        if not isinstance(profile, dict) or not isinstance(emails, list | None):
            raise read.Unreadable
        return read.github(profile, emails or [])


class MicrosoftAdapter(Adapter):
    provider_id = "microsoft"
    party = "Microsoft (sign-in)"

    @property
    def authorize_url(self) -> str:
        return f"{self._login}/oauth2/v2.0/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{self._login}/oauth2/v2.0/token"

    @property
    def _login(self) -> str:
        return f"{settings.MICROSOFT_LOGIN_URL}/{quote(settings.MICROSOFT_TENANT, safe='')}"

    def claims(self, client_id: str, token: str, answer: dict[str, Any]) -> Claims:
        said = id_token(answer.get("id_token"), audience=client_id, issuers=None)
        # The issuer names the person's tenant, so it is known only now.
        if said["iss"] != f"{settings.MICROSOFT_LOGIN_URL}/{said.get('tid')}/v2.0":
            raise read.Unreadable
        if read.GUID.fullmatch(settings.MICROSOFT_TENANT) and said["tid"] != settings.MICROSOFT_TENANT.lower():
            raise read.Unreadable
        claims = read.microsoft(said)  # before the picture is asked for: an answer that cannot be read ends here
        return replace(claims, picture=photo(self.request, f"{settings.GRAPH_URL}/v1.0/me/photo/$value", token))
