"""The way to a provider and back. Both doors count callers nobody knows yet, in memory only (N-06)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.oauth import Adapter, GitHubAdapter, GoogleAdapter, MicrosoftAdapter
from ground.limits import Strangers

View = Callable[..., HttpResponse]

SECONDS = 300.0


@cache
def _strangers(attempts: int) -> Strangers:
    return Strangers(capacity=attempts, seconds=SECONDS)


class There(OAuth2LoginView):
    """Sends the browser to the provider; only a form of ours can ask for it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return redirect("accounts:sign_in")
        response: HttpResponse = _limited(request) or super().dispatch(request, *args, **kwargs)
        return response


class Back(OAuth2CallbackView):
    """Takes the browser's return. Only by GET: the providers used here send no form."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET":
            return HttpResponse(status=405, headers={"Allow": "GET"})
        response: HttpResponse = _limited(request) or super().dispatch(request, *args, **kwargs)
        return response


def _pair(adapter: type[Adapter]) -> tuple[View, View]:
    return never_cache(There.adapter_view(adapter)), never_cache(Back.adapter_view(adapter))


google, google_back = _pair(GoogleAdapter)
github, github_back = _pair(GitHubAdapter)
microsoft, microsoft_back = _pair(MicrosoftAdapter)


def _limited(request: HttpRequest) -> HttpResponse | None:
    taken = _strangers(settings.SIGN_IN_ATTEMPTS).take(request.META.get("REMOTE_ADDR", ""))
    if taken.allowed:
        return None
    response = render(request, "accounts/too_many.html", {"minutes": -(-taken.retry_after // 60)}, status=429)
    response.headers["Retry-After"] = str(taken.retry_after)
    return response
