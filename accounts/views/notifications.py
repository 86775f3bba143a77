"""Settings, Notifications: what a person wants to be told."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.carriers import choosing
from accounts.doors import says_why, see_other
from accounts.flows import preferring
from accounts.models import User
from accounts.models.notices import Channel
from accounts.notices import essential, optional


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def notifications(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "POST":
        wanted = {pair for pair in preferring.offered() if ":".join(pair) in request.POST.getlist("wanted")}
        changed = preferring.choose(request.user, wanted)
        messages.success(request, "Your choice is saved." if changed else "Nothing was changed.")
        return see_other("accounts:notifications")
    chosen = preferring.chosen(request.user)
    context = {
        "optional": [
            (notice, [(c, Channel(c).label, (notice.kind, c) in chosen) for c in notice.channels]) for notice in optional()
        ],
        "essential": essential(),
        "verified": request.user.sms_verified_at,
        "sends_sms": choosing.sends_sms(),
        "here": "settings",
    }
    return render(request, "accounts/notifications.html", context)
