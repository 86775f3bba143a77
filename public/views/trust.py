"""Trust: promises and their state, sub-processors and changes of them, and whom to tell of a weakness."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import says_why, see_other
from accounts.flows import engaging
from accounts.models import Objection, SubProcessor, User
from accounts.rules import letters
from accounts.targets import targets
from ground import clock
from public import policies
from public.ledger import ledger

SECURITY_DAYS = 180
"""How long what security.txt says may be relied on; RFC 9116 recommends less than a year."""


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    weakness = targets().by_severity["weakness"]
    context = {
        "ledger": ledger(),
        "companies": policies.by_company([entry for entry in engaging.entries() if entry.when != engaging.IF_NAMED]),
        "weakness": weakness,
        "incident_hours": letters.INCIDENT_HOURS,
        "security_email": settings.SECURITY_EMAIL,
        "privacy_email": settings.PRIVACY_EMAIL,
        "dpa_email": settings.DPA_EMAIL,
        "framework": settings.TRANSFER_FRAMEWORK,
        "region": settings.AZURE_REGION,
        "here": "trust",
    }
    return render(request, "public/trust.html", context)


@require_safe
def sub_processors(request: HttpRequest) -> HttpResponse:
    context = {
        "companies": policies.by_company(engaging.entries()),
        "to_come": engaging.to_come(),
        "days": letters.NOTICE_DAYS,
        "here": "sub_processors",
    }
    return render(request, "public/sub_processors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The notice of a change; who is signed in can object to it here (PR-055)."""
    row = get_object_or_404(SubProcessor.objects.select_related("mail_out"), pk=pk)
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST":
        if user is None:
            return redirect_to_login(request.path)
        engaging.object_to(row, user=user, words=request.POST.get("words", ""))
        messages.success(request, "Your objection is stored. An operator has to read it before the change can be made.")
        return see_other(request.path)
    mine = Objection.objects.filter(sub_processor=row, user=user).first() if user else None
    return render(request, "public/sub_processor_change.html", {"row": row, "mine": mine, "here": "sub_processors"})


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness or of an account that was taken over (RFC 9116, S-182), and how fast we answer (P1-062)."""
    midnight = dt.datetime.combine(clock.today(), dt.time(), tzinfo=dt.UTC)
    weakness = targets().by_severity["weakness"]
    aims = f"acknowledge a report within {weakness.triage:.0f} hours and name a timeline for the fix within"
    lines = (
        f"# We aim to {aims} {weakness.resolution:.0f} hours.",
        f"Contact: mailto:{settings.SECURITY_EMAIL}",
        f"Expires: {midnight + dt.timedelta(days=SECURITY_DAYS):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(reverse('public:security'))}",
        f"Policy: {request.build_absolute_uri(reverse('public:trust'))}#weakness",
    )
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
