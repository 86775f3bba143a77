"""Settings, What we hold: every class of personal data, from the register."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ground import register


@login_required
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/held.html", {"held": register.declared(), "here": "settings"})
