"""Policy letters: everyone is told before a text changes."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.console import letters
from accounts.views.console.entering import OperatorRequest, screen


@screen("policies")
@require_safe
def policies(request: OperatorRequest) -> HttpResponse:
    return letters.listed(request, "policy")


@screen("policies")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OperatorRequest) -> HttpResponse:
    return letters.written(request, "policy")


@screen("policies")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.written(request, "policy", pk)


@screen("policies")
@require_safe
def policy(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.shown(request, "policy", pk)


@screen("policies")
@require_POST
def start(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.started(request, "policy", pk)


@screen("policies")
@require_POST
def discard(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.discarded(request, "policy", pk)
