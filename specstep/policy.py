"""The content-security policy of every page: everything from ourselves, nothing inline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


@sync_and_async_middleware
def ContentPolicyMiddleware(  # noqa: N802  # a middleware factory is named like a class
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Adds the policy unless the view has set one of its own (the diagram frame does)."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return _with_policy(await get_response(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        assert isinstance(response, HttpResponse | HttpResponseBase)
        return _with_policy(response)

    return now


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    # Browsers hold form-action against redirects too, so a page with buttons of sign-in providers names these.
    forms = " ".join(["form-action 'self'", *getattr(response, "forms_lead_to", ())])
    response.headers.setdefault("Content-Security-Policy", POLICY.replace("form-action 'self'", forms))
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
    return response
