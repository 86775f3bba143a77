"""Developer access: granted to an account, or taken from it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts.doors import see_other
from accounts.flows import granting
from accounts.models import User
from accounts.views.console.entering import OperatorRequest, screen


@screen("developer")
@require_POST
def developer(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(User, pk=pk)
    granted = request.POST.get("granted") == "yes"
    changed = granting.set_developer_access(account, granted=granted, actor=request.user)
    state = "has developer access" if granted else "has no developer access"
    messages.success(request, f"The account {state}{'' if changed else ' already; nothing was changed'}.")
    return see_other(f"/console/accounts/{account.pk}/")
