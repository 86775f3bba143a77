"""Settings, Connected tools: who may act as me, and no longer."""

from __future__ import annotations

import uuid
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import see_other
from accounts.models import User
from api.models import AccessToken, Client
from api.oauth import connecting, places
from api.setup import clients as setup


@never_cache
@login_required
@require_safe
def tools(request: HttpRequest) -> HttpResponse:
    rows = AccessToken.objects.visible_to(request.user).alive().select_related("application")
    ordered = rows.order_by("application__name", "application__client_id", "-created")
    by_client = [(client, list(own)) for client, own in groupby(ordered, key=lambda token: token.application)]
    context = {"by_client": by_client, "address": places.resource(), "clients": setup.CLIENTS, "here": "settings"}
    return render(request, "api/oauth/tools.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One token."""
    assert isinstance(request.user, User)
    token = get_object_or_404(AccessToken.objects.visible_to(request.user).select_related("application", "user"), pk=pk)
    name = token.application.shown_name
    connecting.revoke(token, actor=request.user)
    messages.success(request, f"The token {token.prefix}… of “{name}” is revoked. It does not work any more.")
    return see_other("oauth:tools")


@login_required
@require_POST
def disconnect(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All tokens of one tool."""
    assert isinstance(request.user, User)
    client = Client.objects.filter(pk=pk, accesstoken__user=request.user).distinct().first()
    if client is None:
        raise Http404
    connecting.revoke_all(request.user, client, actor=request.user)
    messages.success(request, f"“{client.shown_name}” is disconnected. None of its tokens works any more.")
    return see_other("oauth:tools")
