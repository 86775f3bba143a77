"""The doors to connected folders: Settings, Integrations."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.models import Session, User
from connectors import setups, uses
from connectors.contract import PROVIDERS, offered, provider_named, provider_of
from connectors.flows import attaching, disconnecting, picking
from connectors.models import Attach, Connection, Kind
from ground import clock
from ground.errors import NotConfigured, SpecStepError

HOME = "connectors:integrations"


@login_required
@require_safe
def integrations(request: HttpRequest) -> HttpResponse:
    rows = Connection.objects.visible_to(request.user)
    cards = [{"connection": row, "documents": sum(len(use.documents) for use in uses.uses_of(row))} for row in rows]
    found = [setups.setup_of(kind) for kind in offered()]
    context = {"cards": cards, "setups": found, "back": _wanted(request), "here": "settings"}
    return render(request, "connectors/integrations.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """What will be asked for and by whom; then off to the provider."""
    try:
        setup = setups.setup_of(Kind(kind))
    except NotConfigured:
        raise Http404 from None
    if request.method == "POST":
        _, address = attaching.begin(_user(request), Kind(kind), session=_session(request), back=_wanted(request))
        return _off_to(address)
    return _leading_out(
        render(request, "connectors/add.html", {"setup": setup, "back": _wanted(request), "here": "settings"}), kind
    )


@sensitive_variables("answer")
@never_cache
@login_required
@require_safe
def back(request: HttpRequest, name: str) -> HttpResponse:
    """The provider sends people here, with a code or with a no."""
    answer = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    try:
        found = attaching.come_back(_user(request), name, answer, session=_session(request))
    except SpecStepError as error:
        # Never to where the address with the code is shown again.
        messages.error(request, str(error))
        return see_other(HOME)
    if isinstance(found, Attach):
        return see_other(reverse("connectors:choose", args=[found.pk]))
    messages.success(request, f"{found.folder_name} is connected.")
    return see_other(found)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Our own picker: opens sites, drives and folders, and takes one folder."""
    attach = get_object_or_404(Attach.objects.visible_to(request.user), pk=pk)
    if attach.session_id != _session(request).pk:
        messages.error(request, "Connecting this folder was begun in another browser. Go on there, or begin again here.")
        return redirect(HOME)
    provider = provider_of(attach.kind)
    by_name = provider.names_folder(Kind(attach.kind))
    context: dict[str, Any] = {"attach": attach, "provider": provider.name, "by_name": by_name, "here": "settings"}
    context["is_site_search"] = attach.kind == Kind.SHAREPOINT
    try:
        if request.method == "POST":
            return _chosen(request, attach, by_name=by_name)
        if not by_name:
            context["picker"] = picking.look(attach, note=request.GET.get("at", ""), search=request.GET.get("search", ""))
    except SpecStepError as error:
        if attach.ends_at <= clock.now() or not Attach.objects.filter(pk=attach.pk).exists():
            attaching.give_up(attach)
            messages.error(request, str(error))
            return see_other(HOME)
        context["trouble"] = str(error)
        return render(request, "connectors/choose.html", context, status=422)
    return render(request, "connectors/choose.html", context)


@login_required
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    attach = get_object_or_404(Attach.objects.visible_to(request.user), pk=pk)
    attaching.give_up(attach)
    messages.success(request, "Nothing was connected, and nothing of the attempt is kept.")
    return see_other(_safe(request, attach.back) or HOME)


@login_required
@require_safe
def connection(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _connection(request, pk)
    try:
        setup = setups.setup_of(Kind(row.kind))
    except NotConfigured:
        setup = None
    context = {"connection": row, "setup": setup, "uses": uses.uses_of(row), "here": "settings"}
    return _leading_out(render(request, "connectors/connection.html", context), row.kind)


@login_required
@require_POST
@says_why
def authorise(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let SpecStep into the same folder again."""
    row = _connection(request, pk)
    _, address = attaching.begin(_user(request), Kind(row.kind), session=_session(request), connection=row)
    return _off_to(address)


@login_required
@require_POST
@says_why
def disconnect(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _connection(request, pk)
    keep = request.POST.get("documents") != "delete"
    farewell = disconnecting.disconnect(row, keep_documents=keep, actor=_user(request))
    how = "told" if farewell.told else "untold" if farewell.can_be_told else "by-hand"
    messages.success(request, f"{row.folder_name} is disconnected.")
    query = urlencode({"kind": row.kind, "how": how, "documents": "stay" if keep else "gone"})
    return see_other(f"{reverse('connectors:disconnected')}?{query}")


@login_required
@require_safe
def disconnected(request: HttpRequest) -> HttpResponse:
    """What came of it, and what is left to the person."""
    if (kind := request.GET.get("kind", "")) not in Kind.values:
        raise Http404
    by_hand = provider_named(PROVIDERS[Kind(kind)]).by_hand()
    context = {"kind": Kind(kind).label, "how": request.GET.get("how", ""), "by_hand": by_hand, "here": "settings"}
    return render(request, "connectors/disconnected.html", context | {"kept": request.GET.get("documents") != "gone"})


def _chosen(request: HttpRequest, attach: Attach, *, by_name: bool) -> HttpResponse:
    if by_name:
        given = {name: request.POST.get(name, "").strip() for name in ("drive", "folder")}
        row = picking.name(attach, **given)
    else:
        row = picking.choose(attach, note=request.POST.get("at", ""))
    messages.success(request, f"{row.folder_name} is connected. It is read when you ask for it in an interview, and only then.")
    return see_other(_safe(request, attach.back) or row)


def _connection(request: HttpRequest, pk: UUID) -> Connection:
    return get_object_or_404(Connection.objects.visible_to(request.user).select_related("workspace__owner"), pk=pk)


def _off_to(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _leading_out(response: HttpResponse, kind: str) -> HttpResponse:
    """Its button leads to the provider, which the content policy has to allow."""
    try:
        parts = [urlsplit(page) for page in provider_of(kind).pages()]
    except NotConfigured:
        return response
    response.forms_lead_to = [f"{part.scheme}://{part.netloc}" for part in parts]  # type: ignore[attr-defined]
    return response


def _wanted(request: HttpRequest) -> str:
    """The page of ours the person wants to go on with."""
    return _safe(request, request.POST.get("back", "") or request.GET.get("back", ""))


def _safe(request: HttpRequest, address: str) -> str:
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()}) else ""


def _session(request: HttpRequest) -> Session:
    row = request.session.row  # type: ignore[attr-defined]
    assert isinstance(row, Session)
    return row


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
