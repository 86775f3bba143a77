"""What a session remembers of its sign-in: when a second factor was stated. Nothing of the token stays (N-60)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from accounts.rules import factors
from ground import clock

FLAG = "second_factor"
"""In the session: the time of the sign-in, whole seconds since 1970."""


def remember(request: HttpRequest, *, stated: bool) -> None:
    """Note at every sign-in whether the provider stated a second factor; one without takes an older note away."""
    if stated:
        request.session[FLAG] = int(clock.now().timestamp())
    else:
        request.session.pop(FLAG, None)


def was_stated(request: HttpRequest) -> bool:
    """Whether it was stated at the sign-in of this session, however long ago."""
    return FLAG in request.session


def opens(request: HttpRequest) -> bool:
    """Whether this session may open the console now."""
    if settings.OPERATOR_SECOND_FACTOR == "off":
        return True
    return factors.is_fresh(request.session.get(FLAG), clock.now().timestamp())
