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

SIGNS = {"google": "google", "github": "github", "microsoft": "microsoft"}


@dataclass(frozen=True)
class Door:
    """One button of the sign-in page."""

    label: str
    url: str
    sign: str


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    after = _inside(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(after)
    return render(request, "accounts/sign_in.html", {"providers": _doors(request, after), "laptop": _has_laptop_account(request)})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("public:home")


def _doors(request: HttpRequest, after: str) -> list[Door]:
    return [
        Door(
            label="Use the laptop account" if provider.id == "dummy" else f"Continue with {provider.name}",
            url=provider.get_login_url(request, next=after),
            sign=SIGNS.get(provider.id, ""),
        )
        for provider in get_adapter().list_providers(request)
    ]


def _has_laptop_account(request: HttpRequest) -> bool:
    return any(provider.id == "dummy" for provider in get_adapter().list_providers(request))


def _inside(request: HttpRequest, address: str) -> str:
    """``address`` if it is ours, else the list of interviews: nobody is sent elsewhere after signing in."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else settings.LOGIN_REDIRECT_URL
