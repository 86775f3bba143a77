"""Settings, Webhooks: who is told what, and what became of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.models import User
from delivery import pages
from delivery.flows import subscribing
from delivery.forms import RotateForm, WebhookForm
from delivery.models import Dispatch, Endpoint
from ground.errors import Conflict, SpecStepError

LOG_AT_ONCE = 50


@sensitive_variables("secret")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """The page, and the door for a new webhook: its secret is in the answer to the form and nowhere else (S-058)."""
    assert isinstance(request.user, User)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _list(request, form)
    try:
        endpoint, secret = subscribing.add(request.user.workspace, **form.cleaned_data, actor=request.user)
    except SpecStepError as error:
        form.add_error("url", str(error))
        return _list(request, form)
    return _secret(request, endpoint, secret, is_new=True)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One webhook: its log, and the door for a change."""
    assert isinstance(request.user, User)
    row = _mine(request, pk)
    if request.method != "POST":
        return _page(request, row, WebhookForm(initial={"url": row.url, "events": row.events}))
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            subscribing.change(row, **form.cleaned_data, actor=request.user)
        except SpecStepError as error:
            form.add_error("url", str(error))
        else:
            messages.success(request, "The webhook is changed.")
            return see_other(row)
    return _page(request, row, form, status=422)


@sensitive_variables("secret")
@never_cache
@login_required
@require_POST
@says_why
def rotate(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row, form = _mine(request, pk), RotateForm(request.POST)
    if not form.is_valid():
        raise Conflict
    secret = subscribing.rotate(row, number=form.cleaned_data["number"], actor=request.user)
    return _secret(request, row, secret, is_new=False)


@login_required
@require_POST
@says_why
def send_test(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _mine(request, pk)
    subscribing.send_test(row)
    messages.success(request, "A test is on its way. The log below says what becomes of it.")
    return see_other(row)


@login_required
@require_POST
@says_why
def pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _mine(request, pk)
    subscribing.pause(row, actor=request.user)
    messages.success(request, "The webhook is switched off. Nothing is sent to it any more.")
    return see_other(row)


@login_required
@require_POST
@says_why
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _mine(request, pk)
    subscribing.resume(row, actor=request.user)
    messages.success(request, "The webhook is switched on. It gets what happens from now on.")
    return see_other(row)


@login_required
@require_POST
@says_why
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    subscribing.remove(_mine(request, pk), actor=request.user)
    messages.success(request, "The webhook, its secret and its log are removed.")
    return see_other("delivery:webhooks")


@login_required
@require_POST
@says_why
def replay(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Dispatch.objects.visible_to(request.user).select_related("endpoint"), pk=pk)
    subscribing.replay(row)
    messages.success(request, "It is sent again, with the same id.")
    return see_other(row.endpoint)


@require_safe
def event_index(request: HttpRequest) -> HttpResponse:
    """Every event and where the JSON Schema of its body is."""
    return pages.as_json(pages.event_index())


@require_safe
def event_schema(request: HttpRequest, kind: str) -> HttpResponse:
    return pages.as_json(pages.event_schema(kind), content_type="application/schema+json")


def _mine(request: HttpRequest, pk: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.visible_to(request.user), pk=pk)


def _list(request: HttpRequest, form: WebhookForm) -> HttpResponse:
    lines = pages.webhook_lines(Endpoint.objects.visible_to(request.user))
    context = {"lines": lines, "form": form, "groups": pages.event_groups(), "here": "settings"}
    return render(request, "delivery/webhooks.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, row: Endpoint, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    dispatches = Dispatch.objects.visible_to(request.user).filter(endpoint=row)
    entries = list(dispatches.select_related("event").prefetch_related("log").order_by("-pk")[: LOG_AT_ONCE + 1])
    context = {
        "endpoint": row,
        "form": form,
        "groups": pages.event_groups(),
        "entries": [pages.LogEntry(entry, row) for entry in entries[:LOG_AT_ONCE]],
        "more": len(entries) > LOG_AT_ONCE,
        "at_once": LOG_AT_ONCE,
        "standing": pages.standing(row),
        "rotation": subscribing.rotation_number(row),
        "both_sign_until": pages.both_sign_until(row),
        "here": "settings",
    }
    return render(request, "delivery/webhook.html", context, status=status)


def _secret(request: HttpRequest, row: Endpoint, secret: str, *, is_new: bool) -> HttpResponse:
    context = {"endpoint": row, "secret": secret, "is_new": is_new, "here": "settings"}
    return render(request, "delivery/webhook_secret.html", context, status=201 if is_new else 200)
