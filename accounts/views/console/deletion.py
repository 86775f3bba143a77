"""Deletion of an account for somebody who cannot do it: a child's account, a request by mail (S-191, S-169)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.doors import see_other
from accounts.flows import erasing
from accounts.models import AuditEvent, User
from accounts.views.console.entering import OperatorRequest, screen
from accounts.views.console.words import typed
from ground.errors import Conflict


@screen("deletion")
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    """The same deletion that its owner could start in Settings."""
    account = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        typed(request, "delete")
        if account.operator_roles.exists():
            raise Conflict("This account runs the service. Take its roles first; nothing was deleted.")
        erasing.request_deletion(account, means=AuditEvent.Means.OPERATOR, actor=request.user)
        messages.success(request, "The account is closed and is being deleted: within minutes, 24 hours at most.")
        return see_other("console:accounts")
    request.operator.looks_at(account, about=account.pk)
    return render(request, "console/deletion.html", {"operator": request.operator, "account": account})
