"""Sign in and sign out."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.models import User
from accounts.names import name_of
from accounts.oauth import origins
from accounts.sessions import row_of


@dataclass(frozen=True)
class Door:
    """One way to sign in, as a button."""

    label: str
    name: str
    url: str
    sign: str


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    after = _inside(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(after)
    offered = doors(request, next=after)
    laptop = any(door.name == "Laptop" for door in offered)
    return leading_outside(render(request, "accounts/sign_in.html", {"providers": offered, "laptop": laptop}))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        audit.record(request.user.workspace, audit.Action.SIGNED_OUT, actor=request.user, about=row_of(request))
    logout(request)
    return redirect("public:home")


def doors(request: HttpRequest, **parameters: str) -> list[Door]:
    """The providers that are set up, each with the address that a form sends to."""
    return [
        Door(
            label="Use the laptop account" if provider.id == "dummy" else f"Continue with {provider.name}",
            name=name_of(provider.id),
            url=provider.get_login_url(request, **parameters),
            sign="" if provider.id == "dummy" else provider.id,
        )
        for provider in get_adapter().list_providers(request)
    ]


def leading_outside(response: HttpResponse) -> HttpResponse:
    """A page with forms that end at a provider; the content policy lets these go (specstep.policy)."""
    response.forms_lead_to = origins()  # type: ignore[attr-defined]
    return response


def _inside(request: HttpRequest, address: str) -> str:
    """``address`` if it is ours, else the list of interviews: nobody is sent elsewhere after signing in."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else settings.LOGIN_REDIRECT_URL
