"""Settings, Activity: what happened in the account, 90 days back."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import AuditEvent

SHOWN_EVENTS = 100


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    happened = AuditEvent.objects.visible_to(request.user).select_related("actor")[:SHOWN_EVENTS]
    return render(request, "accounts/activity.html", {"happened": happened, "here": "settings"})
