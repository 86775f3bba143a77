"""Incident notices: the people concerned are told within 72 hours."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.console import letters
from accounts.views.console.entering import OperatorRequest, screen


@screen("incidents")
@require_safe
def incidents(request: OperatorRequest) -> HttpResponse:
    return letters.listed(request, "incident")


@screen("incidents")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OperatorRequest) -> HttpResponse:
    return letters.written(request, "incident")


@screen("incidents")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.written(request, "incident", pk)


@screen("incidents")
@require_safe
def incident(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.shown(request, "incident", pk)


@screen("incidents")
@require_POST
def start(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.started(request, "incident", pk)


@screen("incidents")
@require_POST
def discard(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    return letters.discarded(request, "incident", pk)
