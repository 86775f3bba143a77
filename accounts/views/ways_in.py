"""Settings, Sign-in: by which accounts one gets in, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.flows import linking, revoking
from accounts.models import Session, User
from accounts.names import name_of
from accounts.sessions import row_of
from accounts.views.signing import Door, doors, leading_outside


@dataclass(frozen=True)
class WayIn:
    """One linked identity, as the page shows it."""

    identity: SocialAccount
    name: str
    email: str
    verified: bool

    @property
    def label(self) -> str:
        return f"{self.name}, {self.email}" if self.email else self.name


@login_required
@never_cache
@require_safe
def ways_in(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    this = row_of(request)
    page = render(
        request,
        "accounts/ways_in.html",
        {
            "ways": [_way_in(identity) for identity in SocialAccount.objects.filter(user=request.user).order_by("date_joined")],
            "doors": _doors(request),
            "sessions": sorted(Session.objects.visible_to(request.user).alive(), key=lambda session: session.pk != this),
            "this": this,
            "here": "settings",
        },
    )
    return leading_outside(page)


@login_required
@require_POST
@says_why
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    assert isinstance(request.user, User)
    identity = get_object_or_404(SocialAccount, pk=pk, user=request.user)
    linking.unlink(request.user, identity)
    messages.success(request, f"{name_of(identity.provider)} is unlinked. It opens your account no more.")
    return see_other("accounts:identities")


@login_required
@require_POST
def end_session(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    revoking.revoke(session, actor=request.user)
    messages.success(request, f"{session.device or 'That browser'} is signed out.")
    return see_other("accounts:identities")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    ended = revoking.revoke_others(request.user, keep=row_of(request))
    messages.success(request, "You are signed in here only." if ended else "You were signed in here only already.")
    return see_other("accounts:identities")


def _way_in(identity: SocialAccount) -> WayIn:
    said = identity.extra_data
    return WayIn(identity, name_of(identity.provider), said.get("email", ""), bool(said.get("email_verified")))


def _doors(request: HttpRequest) -> list[Door]:
    found = doors(request, process="connect", next=reverse("accounts:identities"))
    return sorted(found, key=lambda door: door.name == "Laptop")
