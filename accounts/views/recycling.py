"""Settings, Recycle Bin: what was deleted, until it is gone."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.flows import binning
from accounts.models import Binned, User


@login_required
@require_safe
def recycle_bin(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/bin.html", {"items": binning.items(_user(request)), "here": "settings"})


@login_required
@require_POST
@says_why
def restore(request: HttpRequest, what: str, pk: uuid.UUID) -> HttpResponse:
    row = _find(request, what, pk)
    binning.restore(row, actor=_user(request))
    messages.success(request, f"“{row}” is back where it was.")
    return see_other("accounts:bin")


@login_required
@require_POST
@says_why
def purge(request: HttpRequest, what: str, pk: uuid.UUID) -> HttpResponse:
    row = _find(request, what, pk)
    name = str(row)
    binning.purge(row, actor=_user(request))
    messages.success(request, f"“{name}” is deleted for good.")
    return see_other("accounts:bin")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def empty(request: HttpRequest) -> HttpResponse:
    """The question first, then the button: it cannot be undone."""
    if request.method == "POST":
        count = binning.empty(_user(request), actor=_user(request))
        messages.success(request, f"The Recycle Bin is empty: {count} deleted for good." if count else "It was empty already.")
        return see_other("accounts:bin")
    return render(request, "accounts/bin_empty.html", {"items": binning.items(_user(request)), "here": "settings"})


def _find(request: HttpRequest, kind: str, pk: uuid.UUID) -> Binned:
    row = binning.find(_user(request), kind, pk)
    if row is None:
        raise Http404
    return row


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
