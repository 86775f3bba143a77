"""Middleware: whose account was suspended is told so at the next request, and not only sent to sign in again (S-005)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import sync_and_async_middleware

from accounts.models import Session
from accounts.sessions import digest


@sync_and_async_middleware
def SuspendedMiddleware(  # noqa: N802  # a middleware factory is named like a class
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Looks only where somebody with a session is sent to sign in: pages for everybody stay open to them."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            response = await get_response(request)
            assert isinstance(response, HttpResponseBase)
            return await sync_to_async(_told)(request, response) if _sends_to_sign_in(request, response) else response

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _told(request, response) if _sends_to_sign_in(request, response) else response

    return now


def _sends_to_sign_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Only where a cookie came along, so that strangers cost no question to the database."""
    there = response.headers.get("Location", "")
    return settings.SESSION_COOKIE_NAME in request.COOKIES and there.partition("?")[0] == settings.LOGIN_URL


def _told(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    key = digest(request.COOKIES[settings.SESSION_COOKIE_NAME])
    if not Session.objects.of_suspended_accounts().filter(session_key=key).exists():
        return response
    return render(request, "account/account_inactive.html", status=403)
