"""What allauth may do here, and what it leaves to our flows: who is recognised, what is kept, what a failure looks like."""

from __future__ import annotations

from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_login_redirect_url
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import audit, second_factor
from accounts.doors import see_other
from accounts.flows import linking, recognising
from accounts.models import User
from accounts.names import name_of
from accounts.rules.claims import NAME_LENGTH, Claims
from accounts.sessions import row_of
from accounts.signals import account_made
from ground.errors import SpecStepError

# Else a session with one factor would be enough: whoever has it links an identity of their own that states a second one.
ONLY_WITH_SECOND_FACTOR = (
    "You have a role in the operator console, so a further way in is linked only from a session with a second factor. Sign in "
    "anew with one, then link again. Nothing was linked."
)


class IdentityAdapter(DefaultSocialAccountAdapter):
    """Between allauth's OAuth and our accounts."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[SocialApp]:
        """Those with client id and secret in the settings; there are none in the database."""
        return [
            SocialApp(provider=name, name=name_of(name), client_id=known, secret=secret)
            for name, (known, secret) in settings.SIGN_IN_APPS.items()
            if known and secret and provider in (None, name) and client_id in (None, known)
        ]

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        for app in self.list_apps(request, provider=provider, client_id=client_id):
            return app
        raise Http404

    def get_requests_session(self) -> requests.Session:
        """Through ground.egress, for the provider that this request is about, and no longer than its time."""
        session: requests.Session = context.request.calls.session()
        return session

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Put what we take into one place; the user that allauth has prepared is not used."""
        address = next(iter(sociallogin.email_addresses), None)
        parts = (data.get("name"), data.get("first_name"), data.get("last_name"))
        sociallogin.claims = Claims(
            provider=sociallogin.account.provider,
            subject=sociallogin.account.uid,
            email=address.email if address else "",
            email_verified=bool(address and address.verified),
            name=" ".join(part for part in parts if part)[:NAME_LENGTH],
            picture=data.get("picture"),
            second_factor=data.get("second_factor") is True,
        )
        sociallogin.account.extra_data = sociallogin.claims.stored
        user: User = sociallogin.user
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide who this is. What follows in allauth finds an account that exists."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(_linked(request, sociallogin.claims))
        found = recognising.recognise(sociallogin.claims)
        sociallogin.user, sociallogin.account = found.user, found.identity
        if found.new:
            account_made.send(sender=User, request=request)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """A failure is noted where it is known whose it is: somebody signed in who was linking."""
        if isinstance(request.user, User) and error != AuthError.CANCELLED:
            audit.record(request.user.workspace, audit.Action.SIGN_IN_FAILED, actor=request.user, label=str(provider))


class AccountAdapter(DefaultAccountAdapter):
    """What happens once it is clear who this is."""

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        sociallogin = (options.get("signal_kwargs") or {})["sociallogin"]
        second_factor.remember(request, stated=sociallogin.claims.second_factor)
        label = name_of(sociallogin.account.provider)
        audit.record(user.workspace, audit.Action.SIGNED_IN, actor=user, about=row_of(request), label=label)
        return HttpResponseRedirect(get_login_redirect_url(request, options.get("redirect_url")))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        audit.record(user.workspace, audit.Action.SIGN_IN_FAILED, actor=user, label="Switched off")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response


def _linked(request: HttpRequest, claims: Claims) -> HttpResponse:
    if not isinstance(request.user, User):
        messages.error(request, "You were signed out in the meantime, so nothing was linked. Sign in and link it again.")
        return see_other("accounts:sign_in")
    name = name_of(claims.provider)
    if request.user.operator_roles.exists() and not second_factor.opens(request):
        messages.error(request, ONLY_WITH_SECOND_FACTOR)
        return see_other("accounts:identities")
    try:
        new = linking.link(request.user, claims)
    except SpecStepError as error:
        audit.record(request.user.workspace, audit.Action.SIGN_IN_FAILED, actor=request.user, label=name)
        messages.error(request, str(error))
    else:
        messages.success(request, f"You can sign in with {name} too." if new else f"This {name} account was linked already.")
    return see_other("accounts:identities")
