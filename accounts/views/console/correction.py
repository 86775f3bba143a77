"""Correction: what an account says of its owner is put right at the owner's request (S-166)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts import zones
from accounts.doors import see_other
from accounts.flows import introducing
from accounts.forms import LANGUAGES, ProfileForm
from accounts.models import User
from accounts.views.console.entering import OperatorRequest, screen


@screen("correction")
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    """The fields that the owner could change in Settings, by the same rules."""
    account = get_object_or_404(User, pk=pk)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in form.fields if name in request.POST}
        changed = introducing.correct(account, changes, request=request.POST.get("request", "").strip(), actor=request.user)
        messages.success(request, "The profile is corrected." if changed else "That is what stood there. Nothing was changed.")
        return see_other(f"/console/accounts/{account.pk}/")
    request.operator.looks_at(account, about=account.pk)
    context = {"operator": request.operator, "account": account, "form": form, "languages": LANGUAGES, "zones": zones.names()}
    return render(request, "console/correction.html", context, status=422 if form.errors else 200)
