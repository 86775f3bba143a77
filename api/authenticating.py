"""The door of programs: a request and its key become a caller. ``Authorization: Bearer KEY``, and no other way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.audit import Means
from accounts.flows import authenticating
from accounts.models import ApiKey, User, Workspace
from accounts.rules import keys
from api.problems import problem
from ground import limits
from ground.limits import Strangers, Taken
from ground.redis_server import RedisAway

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponse)

CHALLENGE = 'Bearer realm="SpecStep"'
NO_KEY = "Send a key of your account as Authorization: Bearer KEY. Make one in Settings, API keys."
IN_ADDRESS = (
    "A key does not belong in an address, where logs on the way keep it. "
    "Revoke this one in Settings, API keys, and send the next as Authorization: Bearer KEY."
)
TOO_MANY = "Too many calls. Wait for the seconds that Retry-After names and go on."
QUIET_SECONDS = 60.0


def may_still_read(caller: Caller) -> bool:
    """Whether a stream that this key opened goes on: neither revoked, suspended nor run out, its account not switched off."""
    row = ApiKey.objects.select_related("made_by").filter(pk=caller.key_id, suspended_at=None).first()
    return row is not None and not row.is_expired and row.made_by.is_active and row.made_by.suspended_at is None


@dataclass(frozen=True)
class Caller:
    """Who calls: the owner of a key, and the key as the means."""

    user: User
    workspace: Workspace
    key_id: UUID
    key_name: str
    means: Means = Means.KEY


View = Callable[Concatenate[HttpRequest, Caller, P], HttpResponse]


def for_programs(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """A door that lets programs in: the view gets the caller after the request. Cookies count for nothing here."""

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def door(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                return problem(405, "method-not-allowed", f"Use {' or '.join(methods)}.", Allow=", ".join(methods))
            if keys.holds_a_key(unquote_plus(request.META.get("QUERY_STRING", ""))) or keys.holds_a_key(request.path):
                return problem(400, "key-in-address", IN_ADDRESS, WWW_Authenticate=f'{CHALLENGE}, error="invalid_request"')
            return _entered(request, lambda caller: view(request, caller, *args, **kwargs))

        return cast(Callable[..., HttpResponse], door)

    return decorate


@sensitive_variables()
def _entered(request: HttpRequest, view: Callable[[Caller], HttpResponse]) -> HttpResponse:
    raw = _bearer(request)
    if not raw:
        return _refused(request, "no-key", NO_KEY)
    taken = None
    try:
        key = authenticating.authenticate(raw)
        taken = _taken(key)
        if taken is not None and not taken.allowed:
            return _with_limits(problem(429, "too-many-calls", TOO_MANY), taken)
        authenticating.note_use(key, user_agent=request.headers.get("User-Agent", ""))
    except authenticating.Unrecognised as error:
        return _refused(request, error.code, str(error), error='error="invalid_token"')
    caller = Caller(key.made_by, key.workspace, key.pk, key.name)
    with audit.through(caller.means, caller.key_name):
        return _with_limits(view(caller), taken)


@sensitive_variables()
def _bearer(request: HttpRequest) -> str:
    """The token of the request (RFC 6750, 2.1); empty for another scheme or none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refused(request: HttpRequest, code: str, detail: str, *, error: str = "") -> HttpResponse:
    taken = _strangers().take(request.META.get("REMOTE_ADDR", ""))
    if not taken.allowed:
        return _with_limits(problem(429, "too-many-calls", TOO_MANY), taken)
    return problem(401, code, detail, WWW_Authenticate=f"{CHALLENGE}, {error}" if error else CHALLENGE)


def _taken(key: ApiKey) -> Taken | None:
    """One call of this key. None where Redis does not answer.

    The key was checked in the database, so its owner is let in; the limit, which only spreads the load, is not kept meanwhile.
    """
    try:
        return limits.take(f"api:{key.pk}", capacity=settings.API_CALLS, seconds=settings.API_CALLS_SECONDS)
    except RedisAway as error:
        _warn(error.reason)
        return None


def _with_limits(response: R, taken: Taken | None) -> R:
    """The headers of draft-ietf-httpapi-ratelimit-headers-03, which clients know, and RFC 9110, 10.2.3."""
    if taken is not None:
        response.headers["RateLimit-Limit"] = str(taken.limit)
        response.headers["RateLimit-Remaining"] = str(taken.remaining)
        response.headers["RateLimit-Reset"] = str(taken.reset)
        if not taken.allowed:
            response.headers["Retry-After"] = str(taken.retry_after)
    return response


@cache
def _strangers() -> Strangers:
    return Strangers(capacity=settings.API_STRANGER_CALLS, seconds=settings.API_STRANGER_SECONDS)


_warned_at = 0.0


def _warn(kind: str) -> None:
    """Once a minute: an outage must not fill the log."""
    global _warned_at
    now = time.monotonic()
    if not _warned_at or now - _warned_at > QUIET_SECONDS:
        _warned_at = now
        log.warning("Redis does not answer (%s): the rate limit of API keys is not kept until it does.", kind)
