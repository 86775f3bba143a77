"""The one way into every screen of the console: a role, a second factor, and an event for what was read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts import audit, second_factor
from accounts.doors import says_why
from accounts.models import User
from accounts.rules import factors, screens


class OperatorRequest(HttpRequest):
    """A request that came through ``screen``."""

    user: User
    operator: Operator


class Operator:
    """Who looks, at which screen, and whether that was noted."""

    def __init__(self, user: User, roles: frozenset[str], screen: screens.Screen) -> None:
        self.user, self.roles, self.screen = user, roles, screen
        self.noted = False

    @property
    def screens(self) -> list[screens.Screen]:
        """For the list beside every screen."""
        return [screen for screen in screens.opened_by(self.roles) if screen.route]

    def may(self, key: str) -> bool:
        return screens.may_open(self.roles, key)

    @property
    def may_open(self) -> dict[str, bool]:
        """For templates: screen by key."""
        return {key: self.may(key) for key in screens.SCREENS}

    def looks_at(self, account: User | None, *, about: uuid.UUID | None = None, label: str = "") -> None:
        """Note in the trail of ``account`` that this operator read of it; None: in nobody's."""
        self.noted = True
        audit.record(
            account.workspace if account else None,
            audit.Action.OPERATOR_READ,
            actor=self.user,
            means=audit.Means.OPERATOR,
            subject=account,
            about=about,
            label=label or self.screen.label,
        )


View = Callable[..., HttpResponseBase]


def screen(key: str) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """Open the view to the roles of this screen. To everyone else there is no such page: 404, signed in or not.

    A role without a fresh second factor gets a page that says what to do (403). A read that the view did not note itself is noted
    in nobody's trail before anything is sent; if it cannot be noted, nothing is sent.

    Forgery is looked for after the role: the middleware would answer 403 to a stranger's POST and so tell that something is
    there.
    """
    the_screen = screens.SCREENS[key]

    def decorate(view: Callable[..., HttpResponseBase]) -> View:
        protected = csrf_protect(says_why(cast(Any, view)))

        @csrf_exempt
        @never_cache
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            roles = _roles(request)
            if not the_screen.roles & roles:
                raise Http404("There is nothing at this address.")
            if not second_factor.opens(request):
                return _without_second_factor(request)
            asked = cast(OperatorRequest, request)
            asked.operator = Operator(asked.user, roles, the_screen)
            # Operators of several countries read the same clocks.
            with timezone.override(dt.UTC):
                answer: HttpResponseBase = protected(asked, *args, **kwargs)
            if request.method in ("GET", "HEAD") and not asked.operator.noted:
                asked.operator.looks_at(None)
            return answer

        return door

    return decorate


def _roles(request: HttpRequest) -> frozenset[str]:
    """Read anew at every request: a role that was taken closes the page that is open."""
    if not isinstance(request.user, User) or not request.user.is_active:
        return frozenset()
    return frozenset(request.user.operator_roles.values_list("role", flat=True))


def _without_second_factor(request: HttpRequest) -> HttpResponse:
    context = {"over": second_factor.was_stated(request), "hours": factors.FRESH_SECONDS // 3600}
    return render(request, "console/second_factor.html", context, status=403)
