"""The providers people sign in through. allauth finds them here by the module's name."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base import AuthProcess, ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.http import HttpRequest

from accounts.oauth import Adapter, GitHubAdapter, GoogleAdapter, MicrosoftAdapter
from accounts.rules.claims import Claims


class Outside(OAuth2Provider):
    """PKCE always, the scopes as they stand here, and nothing from the caller's address but where to go on."""

    pkce_enabled_default = True
    account_class = ProviderAccount
    scopes: ClassVar[list[str]]

    def get_default_scope(self) -> list[str]:
        return list(self.scopes)

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return list(self.scopes)

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        return {}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        asked: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        linking = asked["process"] == AuthProcess.CONNECT and request.user.is_authenticated
        return asked | {"process": AuthProcess.CONNECT if linking else AuthProcess.LOGIN}

    def extract_uid(self, data: Claims) -> str:
        return data.subject

    def extract_extra_data(self, data: Claims) -> dict[str, Any]:
        return data.stored

    def extract_common_fields(self, data: Claims) -> dict[str, Any]:
        return {"email": data.email, "name": data.name, "picture": data.picture, "second_factor": data.second_factor}

    def extract_email_addresses(self, data: Claims) -> list[EmailAddress]:
        return [EmailAddress(email=data.email, verified=data.email_verified, primary=True)] if data.email else []


class Google(Outside):
    id = "google"
    name = "Google"
    oauth2_adapter_class: type[Adapter] = GoogleAdapter
    scopes: ClassVar = ["openid", "email", "profile"]


class GitHub(Outside):
    id = "github"
    name = "GitHub"
    oauth2_adapter_class: type[Adapter] = GitHubAdapter
    scopes: ClassVar = ["read:user", "user:email"]


class Microsoft(Outside):
    id = "microsoft"
    name = "Microsoft"
    oauth2_adapter_class: type[Adapter] = MicrosoftAdapter
    scopes: ClassVar = ["openid", "email", "profile", "User.Read"]


provider_classes = [Google, GitHub, Microsoft]
