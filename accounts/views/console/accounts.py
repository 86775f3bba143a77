"""Accounts: one is looked up by its exact address or id. There is no list of people."""

from __future__ import annotations

import uuid

from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.flows import disclosing
from accounts.models import User
from accounts.names import name_of
from accounts.rules import letters
from accounts.views.console.entering import OperatorRequest, screen


@screen("accounts")
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: OperatorRequest) -> HttpResponse:
    """By POST: an address has no place in a URL."""
    context = {"operator": request.operator}
    if request.method != "POST":
        return render(request, "console/accounts.html", context)
    asked = request.POST.get("account", "").strip()
    if account := _found(asked):
        return redirect("console:account", pk=account.pk)
    request.operator.looks_at(None, label="Accounts, nothing found")
    sentence = "There is no account with exactly this address or id." if asked else "Enter an address or an id."
    return render(request, "console/accounts.html", context | {"asked": asked, "refused": sentence}, status=422)


@screen("accounts")
@require_safe
def account(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    """The facts of one account. No content, no key, no picture."""
    found = get_object_or_404(User, pk=pk)
    request.operator.looks_at(found, about=found.pk)
    context = {
        "operator": request.operator,
        "account": found,
        "providers": [name_of(row.provider) for row in SocialAccount.objects.filter(user=found).order_by("provider")],
        "roles": [role.get_role_display() for role in found.operator_roles.order_by("role")],
        "counts": disclosing.counts(found),
    }
    return render(request, "console/account.html", context)


def _found(asked: str) -> User | None:
    ids, addresses = letters.named(asked)
    if len(ids) + len(addresses) != 1:
        return None
    return User.objects.filter(pk=ids[0]).first() if ids else User.objects.with_address(addresses[0])
