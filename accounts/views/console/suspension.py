"""Suspension: an account is closed, or opened again, with a reason from a list and a typed word."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import see_other
from accounts.flows import suspending
from accounts.models import User
from accounts.rules.suspension import RESTORED_FOR, SUSPENDED_FOR
from accounts.views.console.entering import OperatorRequest, screen
from accounts.views.console.words import typed


@screen("suspension")
@require_http_methods(["GET", "HEAD", "POST"])
def suspension(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        typed(request, "suspend")
        suspending.suspend(account, reason=request.POST.get("reason", ""), actor=request.user)
        messages.success(request, "The account is suspended. Its sessions ended, and its owner is told by mail.")
        return see_other_account(account)
    request.operator.looks_at(account, about=account.pk)
    context = {"operator": request.operator, "account": account, "suspend": SUSPENDED_FOR, "restore": RESTORED_FOR}
    return render(request, "console/suspension.html", context)


@screen("suspension")
@require_POST
def restoration(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(User, pk=pk)
    typed(request, "restore")
    suspending.restore(account, reason=request.POST.get("reason", ""), actor=request.user)
    messages.success(request, "The account is open again. Its owner is told by mail and signs in anew.")
    return see_other_account(account)


def see_other_account(account: User) -> HttpResponse:
    return see_other(f"/console/accounts/{account.pk}/")
