"""What the doors for tools share: other origins may call them, strangers may not call them without end."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from ground.limits import Strangers, Taken

View = Callable[..., HttpResponse]
HEADERS = "Authorization, Content-Type, Accept, MCP-Protocol-Version"
DAY = "86400"


def for_tools(*methods: str) -> Callable[[View], View]:
    """A door for programs of any origin. No cookie is looked at, so pages of other sites may read what it says (CORS)."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
                response.headers["Access-Control-Allow-Headers"] = HEADERS
                response.headers["Access-Control-Max-Age"] = DAY
            elif request.method not in methods:
                response = said(405, "invalid_request", f"Use {' or '.join(methods)}.")
                response.headers["Allow"] = ", ".join((*methods, "OPTIONS"))
            else:
                response = view(request, *args, **kwargs)
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate, Retry-After"
            return response

        return door

    return decorate


def said(status: int, error: str, description: str) -> JsonResponse:
    """An error in the form of RFC 6749, 5.2 and RFC 7591, 3.2.2."""
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def too_many(taken: Taken) -> JsonResponse:
    response = said(429, "temporarily_unavailable", "Too many requests. Wait for the seconds that Retry-After names and go on.")
    response.headers["Retry-After"] = str(taken.retry_after)
    return response


def registered(request: HttpRequest) -> Taken:
    """Count one registration of this caller."""
    return _strangers("TOOL_REGISTRATIONS", 3600).take(request.META.get("REMOTE_ADDR", ""))


def failed(request: HttpRequest) -> Taken:
    """Count one request of this caller that came to nothing."""
    return _strangers("API_STRANGER_CALLS", settings.API_STRANGER_SECONDS).take(request.META.get("REMOTE_ADDR", ""))


@cache
def _strangers(setting: str, seconds: int) -> Strangers:
    """In this process's memory, under a salted hash: addresses are stored nowhere (N-06)."""
    return Strangers(capacity=getattr(settings, setting), seconds=seconds)
