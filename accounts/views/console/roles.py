"""Roles: who runs the service, and what each may see of it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import see_other
from accounts.flows import granting
from accounts.models import OperatorRole, User
from accounts.rules import letters, screens
from accounts.views.console.entering import OperatorRequest, screen
from ground.errors import BadInput


@screen("roles")
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: OperatorRequest) -> HttpResponse:
    if request.method == "POST":
        _, addresses = letters.named(request.POST.get("address", ""))
        user = User.objects.with_address(addresses[0]) if len(addresses) == 1 else None
        if user is None:
            raise BadInput("There is no account with exactly this address. The person signs in once first.")
        role = request.POST.get("role", "")
        changed = granting.set_role(user, role, granted=True, actor=request.user)
        messages.success(request, f"{user} has the role {role}{'' if changed else ' already; nothing was changed'}.")
        return see_other("console:roles")
    context = {
        "operator": request.operator,
        "rows": OperatorRole.objects.select_related("user", "granted_by").order_by("user__email", "role"),
        "choices": OperatorRole.Role.choices,
        "opens": [(label, [one.label for one in screens.opened_by([role])]) for role, label in OperatorRole.Role.choices],
    }
    return render(request, "console/roles.html", context)


@screen("roles")
@require_POST
def take(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(OperatorRole.objects.select_related("user"), pk=pk)
    granting.set_role(row.user, row.role, granted=False, actor=request.user)
    messages.success(request, f"{row.user} does not have the role {row.role} any more.")
    back = "console:review" if request.POST.get("from") == "review" else "console:roles"
    # Who took the own last role has no console any more.
    return see_other(back) if request.user.operator_roles.filter(role="owner").exists() else see_other("/")
