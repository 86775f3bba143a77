"""Times as the person's own clock shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from inspect import iscoroutinefunction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware

from accounts.models import User

UTC = "UTC"


@cache
def names() -> tuple[str, ...]:
    """The zones a person can choose, by name ("Europe/Berlin"); from the IANA time zone database."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    return (UTC, *sorted(places))


def named(text: str) -> str | None:
    """The zone somebody means by "europe/berlin", "Berlin" or "New York"; None when it is none or not clear."""
    wanted = "_".join(text.split()).casefold()
    if wanted in ("gmt", "etc/utc", "z"):
        return UTC
    exact = [name for name in names() if name.casefold() == wanted]
    cities = exact or [name for name in names() if name.rpartition("/")[2].casefold() == wanted]
    return cities[0] if len(cities) == 1 else None


def zone(user: User | AnonymousUser) -> ZoneInfo:
    """The zone of a person; UTC when it is no longer known, and for visitors."""
    try:
        return ZoneInfo(user.time_zone if isinstance(user, User) else UTC)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(UTC)


@sync_and_async_middleware
def TimeZoneMiddleware(  # noqa: N802  # a middleware factory is named like a class
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Sets the zone of whoever asks. Without a session nobody is looked up."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            with timezone.override(zone(await request.auser()) if _has_session(request) else None):
                response = await get_response(request)
                assert isinstance(response, HttpResponseBase)
                return response

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(zone(request.user) if _has_session(request) else None):
            response = get_response(request)
            assert isinstance(response, HttpResponseBase)
            return response

    return now


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES
