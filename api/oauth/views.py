"""The doors of the authorization server: metadata, registration, consent, token, revocation."""

from __future__ import annotations

import json
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.models import User
from api.oauth import announcing, asking, doors, exchanging, registering
from api.oauth.rules import registration
from ground import limits
from ground.errors import SpecStepError
from ground.redis_server import RedisAway

log = logging.getLogger(__name__)

AGE = "public, max-age=300"


@doors.for_tools("GET", "HEAD")
def authorization_server(request: HttpRequest) -> HttpResponse:
    return JsonResponse(announcing.authorization_server(), headers={"Cache-Control": AGE})


@doors.for_tools("GET", "HEAD")
def protected_resource(request: HttpRequest) -> HttpResponse:
    return JsonResponse(announcing.protected_resource(), headers={"Cache-Control": AGE})


@never_cache
@doors.for_tools("POST")
@sensitive_variables()
def register(request: HttpRequest) -> HttpResponse:
    """RFC 7591. Open to everybody, and slow: a client alone may do nothing."""
    taken = doors.registered(request)
    if not taken.allowed:
        return doors.too_many(taken)
    try:
        if int(request.headers.get("Content-Length") or 0) > registration.LARGEST:
            return doors.said(413, "invalid_client_metadata", f"Send at most {registration.LARGEST} bytes.")
        answer = registering.register(json.loads(request.body[: registration.LARGEST]))
    except (ValueError, RecursionError):
        return doors.said(400, "invalid_client_metadata", "The body must be a JSON object.")
    except registration.BadMetadata as error:
        return doors.said(400, error.code, str(error))
    return JsonResponse(answer, status=201, headers={"Cache-Control": "no-store"})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """A person is asked, every time; nothing is ever agreed to in advance."""
    assert isinstance(request.user, User)
    try:
        _count(request.user)
        asked = asking.read(request.GET, by=request.user)
        if request.method == "POST":
            agreed = request.POST.get("decision") == "allow"
            to = asking.allow(asked, by=request.user) if agreed else asking.deny(asked, by=request.user)
            return _sent_to(to)
    except asking.SentBack as error:
        return _sent_to(error.to)
    except SpecStepError as error:
        return render(request, "api/oauth/cannot.html", {"why": str(error)}, status=400)
    response = render(request, "api/oauth/consent.html", {"asked": asked, "here_again": request.get_full_path()})
    response.forms_lead_to = (asked.leads_to,)  # type: ignore[attr-defined]
    return response


@never_cache
@doors.for_tools("POST")
@sensitive_post_parameters()
@sensitive_variables()
def token(request: HttpRequest) -> HttpResponse:
    """RFC 6749, 4.1.3."""
    return _told(request, exchanging.exchange(request.POST, request.headers.get("Authorization", "")))


@never_cache
@doors.for_tools("POST")
@sensitive_post_parameters()
@sensitive_variables()
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009."""
    return _told(request, exchanging.revoke(request.POST, request.headers.get("Authorization", "")))


@sensitive_variables()
def _told(request: HttpRequest, answer: exchanging.Answer) -> HttpResponse:
    if answer.status >= 400:
        taken = doors.failed(request)
        if not taken.allowed:
            return doors.too_many(taken)
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    for name, value in answer.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response


def _sent_to(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


class Hurried(SpecStepError):
    detail = "Tools asked for access very often within the last minutes. Wait a little and start again in the tool."


def _count(user: User) -> None:
    try:
        taken = limits.take(f"tool-consent:{user.pk}", capacity=settings.TOOL_REQUESTS, seconds=600)
    except RedisAway as error:
        log.warning("Redis does not answer (%s): requests of tools for consent are not counted.", error.reason)
        return
    if not taken.allowed:
        raise Hurried
