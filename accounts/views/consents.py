"""Settings, Consent: every optional processing, its state and the way to its switch."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import says_why, see_other
from accounts.flows import consenting
from accounts.models import User
from accounts.templatetags.settings_pages import page_named


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def consents(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "POST":
        name, on = request.POST.get("name", ""), request.POST.get("on") == "1"
        changed = consenting.switch(request.user, name, on=on)
        messages.success(request, f"{name} is {'on' if on else 'off'}." if changed else "Nothing was changed.")
        return see_other("accounts:consents")
    rows = [(entry, page_named(entry.switch.partition(",")[0])) for entry in consenting.entries(request.user)]
    return render(request, "accounts/consents.html", {"rows": rows, "here": "settings"})
