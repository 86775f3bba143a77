"""Settings, Delivery: where packages go, what would be sent, and what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import came_from, says_why, see_other
from accounts.models import User
from delivery import setups
from delivery.contract import kind_of
from delivery.flows import connecting, preparing, queueing
from delivery.models import Channel, Delivery
from generation.models import Package
from ground.errors import SpecStepError
from interviews.models import Interview

SHOWN = 50
"""Deliveries on a channel's page."""


@login_required
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    rows = Channel.objects.visible_to(request.user).select_related("interview")
    counted = rows.annotate(sent=Count("deliveries", filter=Q(deliveries__state=Delivery.State.SENT)))
    context = {
        "cards": [_card(row) for row in counted],
        "setups": setups.setups(),
        "interview": _asked_interview(request),
        "here": "settings",
    }
    return render(request, "delivery/channels/index.html", context)


@sensitive_post_parameters("credential")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The setup screen of one kind."""
    assert isinstance(request.user, User)
    setup = _setup(kind)
    form = setups.ChannelForm(kind, request.POST or None, interviews=_interviews(request))
    if request.method != "POST":
        form.initial = {"name": setup.label, "interview": getattr(_asked_interview(request), "pk", None)}
    elif form.is_valid():
        try:
            channel = connecting.add(request.user.workspace, kind=kind, place=form.place, actor=request.user, **_chosen(form))
        except SpecStepError as error:
            form.add_error("credential", str(error))
        else:
            messages.success(request, "Saved. Nothing is sent before you have seen what would be: look at it below.")
            return see_other(channel)
    return _setup_page(request, setup, form, None)


@sensitive_post_parameters("credential")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same screen with what is there; the credential only to be replaced."""
    assert isinstance(request.user, User)
    channel = _channel(request, pk)
    setup = _setup(channel.kind)
    form = setups.ChannelForm(channel.kind, request.POST or None, interviews=_interviews(request), channel=channel)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.change(channel, place=form.place, actor=request.user, **_chosen(form))
        except SpecStepError as error:
            form.add_error("credential", str(error))
        else:
            messages.success(request, "Saved.")
            return see_other(channel)
    return _setup_page(request, setup, form, channel)


@login_required
@require_safe
def channel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How it stands, what the first or next delivery would be, and what became of the ones before."""
    row = _channel(request, pk)
    card = _card(row)
    package = _chosen_package(request, row) if card["where"] else None
    deliveries = row.deliveries.select_related("package").defer("package__model").prefetch_related("history")
    packages = Package.objects.visible_to(request.user).defer("model")
    if row.interview_id:
        packages = packages.filter(interview_id=row.interview_id)
    context = {
        "card": card,
        "channel": row,
        "setup": _setup(row.kind) if card["where"] else None,
        "credential_label": kind_of(row.kind).credential_label if card["where"] else "",
        "preview": preparing.preview(package, row) if package else None,
        "packages": packages[:SHOWN],
        "deliveries": deliveries[:SHOWN],
        "here": "settings",
    }
    return render(request, "delivery/channels/channel.html", context)


@login_required
@require_POST
@says_why
def check(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _channel(request, pk)
    for sentence in connecting.check(row):
        messages.success(request, sentence)
    return see_other(row)


@login_required
@require_POST
@says_why
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _channel(request, pk)
    package = _posted_package(request)
    now = "now" in request.POST
    connecting.confirm(row, package=package, digest=request.POST.get("digest", ""), now=now, actor=request.user)
    messages.success(request, "It delivers. The package is on its way." if now else "It delivers from the next package on.")
    return see_other(row)


@login_required
@require_POST
@says_why
def deliver(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send one package now: the first time, again, or an older one."""
    row = _channel(request, pk)
    package = _posted_package(request)
    if package is None:
        raise Http404
    queueing.deliver_now(row, package)
    messages.success(request, f"Package {package.number} is on its way to {row.name}.")
    return see_other(came_from(request) if request.headers.get("Referer") else row)


@login_required
@require_POST
@says_why
def pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _channel(request, pk)
    connecting.pause(row, actor=request.user)
    messages.success(request, "Paused. Nothing is sent until you resume it.")
    return see_other(row)


@login_required
@require_POST
@says_why
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _channel(request, pk)
    connecting.resume(row, actor=request.user)
    messages.success(request, "It delivers again, from the next package on.")
    return see_other(row)


@login_required
@require_POST
@says_why
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = _channel(request, pk)
    connecting.remove(row, actor=request.user)
    messages.success(request, f"{row.name} is removed, with its credential. What was delivered stays where it is.")
    return see_other("delivery:channels")


def _setup_page(request: HttpRequest, setup: setups.Setup, form: setups.ChannelForm, row: Channel | None) -> HttpResponse:
    context = {"setup": setup, "form": form, "channel": row, "here": "settings"}
    return render(request, "delivery/channels/setup.html", context, status=422 if form.is_bound else 200)


def _card(row: Channel) -> dict[str, Any]:
    try:
        return {"channel": row, "where": preparing.where(row), "warnings": connecting.warnings(row)}
    except SpecStepError as error:
        return {"channel": row, "where": "", "warnings": [str(error)]}


def _setup(kind: str) -> setups.Setup:
    try:
        return setups.setup_of(kind)
    except KeyError:
        raise Http404 from None


def _channel(request: HttpRequest, pk: UUID) -> Channel:
    return get_object_or_404(Channel.objects.visible_to(request.user).select_related("workspace__owner", "interview"), pk=pk)


def _interviews(request: HttpRequest) -> Any:
    return Interview.objects.visible_to(request.user)


def _asked_interview(request: HttpRequest) -> Interview | None:
    """The project one came from."""
    try:
        pk = UUID(request.GET.get("interview", ""))
    except ValueError:
        return None
    return Interview.objects.visible_to(request.user).filter(pk=pk).first()


def _chosen(form: setups.ChannelForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "interview", "credential", "intermediates", "transcript")}


def _chosen_package(request: HttpRequest, row: Channel) -> Package | None:
    """The package whose shipment is shown: the one that was asked for, else the newest."""
    try:
        pk = UUID(request.GET.get("package", ""))
    except ValueError:
        return preparing.newest_package(row)
    return get_object_or_404(Package.objects.visible_to(request.user), pk=pk)


def _posted_package(request: HttpRequest) -> Package | None:
    posted = request.POST.get("package", "")
    if not posted:
        return None
    try:
        pk = UUID(posted)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Package.objects.visible_to(request.user), pk=pk)
