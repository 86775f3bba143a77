"""Settings, What we hold: every class of personal data from the register, and how much of it there is of this account (S-165)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.flows import disclosing
from accounts.models import User
from ground import register


@login_required
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    rows = {count.name: count.rows for count in disclosing.counts(request.user)}
    held = [(data, rows[data.name]) for data in register.declared()]
    return render(request, "accounts/held.html", {"held": held, "here": "settings"})
