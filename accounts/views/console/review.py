"""Access review: each role is confirmed or taken, every 90 days."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import see_other
from accounts.flows import granting, reviewing
from accounts.models import OperatorRole
from accounts.views.console.entering import OperatorRequest, screen


@screen("review")
@require_safe
def review(request: OperatorRequest) -> HttpResponse:
    context = {"operator": request.operator, "rows": reviewing.rows(), "days": reviewing.EVERY.days}
    return render(request, "console/review.html", context)


@screen("review")
@require_POST
def confirm(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(OperatorRole.objects.select_related("user"), pk=pk)
    granting.confirm(row, actor=request.user)
    messages.success(request, f"Confirmed: {row.user} keeps the role {row.role}.")
    return see_other("console:review")
