"""Settings, Delete account: what goes, what stays, and the word that must be typed."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import see_other
from accounts.flows import erasing
from accounts.forms import DeletionForm
from accounts.models import User
from ground import register


class Going(NamedTuple):
    """One class of data that is deleted."""

    name: str
    exception: str


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = DeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        erasing.request_deletion(request.user)
        logout(request)
        return see_other("accounts:deleted")
    classes = register.declared()
    goes = [Going(data.name, data.erase.partition("; ")[2]) for data in classes if _goes(data)]
    stays = [data for data in classes if not _goes(data)]
    context = {"form": form, "goes": goes, "stays": stays, "here": "settings"}
    return render(request, "accounts/delete.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Where one lands afterwards, signed out. Says the same to everybody."""
    return render(request, "accounts/deleted.html")


def _goes(data: register.DataClass) -> bool:
    return data.erase.startswith("deleted")
