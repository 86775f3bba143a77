"""Middleware: views of four kinds of public page are counted, with no script and no cookie needed (S-137 to S-154).

The cookie serves the attribution of a sign-up on the same day and nothing else: the hash of the day, for this host, not readable
by scripts, gone at the rotation. A browser that sends ``DNT: 1`` is not counted and given nothing; what it brings is cleared.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.decorators import sync_and_async_middleware

from ground.redis_server import RedisAway
from public.flows import measuring, salting
from public.rules.pages import MEASURED

log = logging.getLogger(__name__)
A_DAY = 86_400


@sync_and_async_middleware
def TrafficMiddleware(  # noqa: N802  # a middleware factory is named like a class
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Counts what was read once the page is there; a page that does not exist is not counted."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            response = await get_response(request)
            assert isinstance(response, HttpResponseBase)
            if page := _page(request, response):
                await sync_to_async(_measure)(request, response, page)
            return response

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        if page := _page(request, response):
            _measure(request, response, page)
        return response

    return now


def attribute(request: HttpRequest) -> None:
    """Count a sign-up for the page that was read today, if the browser brings today's hash and does not refuse."""
    hashed = request.COOKIES.get(settings.VISIT_COOKIE_NAME, "")
    if hashed and not _refuses(request):
        measuring.attribute(hashed)


def _page(request: HttpRequest, response: HttpResponseBase) -> str | None:
    if request.method != "GET" or response.status_code != 200 or request.resolver_match is None:
        return None
    return MEASURED.get(request.resolver_match.view_name)


def _measure(request: HttpRequest, response: HttpResponseBase, page: str) -> None:
    # Two visitors must not get one another's answer out of a shared cache.
    patch_cache_control(response, private=True)
    if _refuses(request):
        if settings.VISIT_COOKIE_NAME in request.COOKIES:
            response.delete_cookie(settings.VISIT_COOKIE_NAME, samesite="Lax")
        return
    try:
        hashed = measuring.count(
            page,
            peer=request.META.get("REMOTE_ADDR", ""),
            forwarded_for=request.headers.get("X-Forwarded-For", ""),
            agent=request.headers.get("User-Agent", ""),
        )
    except (DatabaseError, RedisAway) as error:
        # The page is there; only the count of it is lost.
        log.warning("A view of a public page was not counted: %s", type(error).__name__)
        return
    response.set_cookie(
        settings.VISIT_COOKIE_NAME,
        hashed,
        max_age=min(A_DAY, int(salting.left().total_seconds())),
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def _refuses(request: HttpRequest) -> bool:
    return request.headers.get("DNT", "").strip() == "1"
