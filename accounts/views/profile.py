"""Settings, Profile: who a person is here."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import see_other
from accounts.forms import NameForm
from accounts.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        # Only the name: an operator may change what this person may do at the same moment.
        form.save(commit=False).save(update_fields=[*form.fields])
        messages.success(request, "Your name is saved.")
        return see_other("accounts:settings")
    return render(request, "accounts/profile.html", {"form": form, "here": "settings"})
