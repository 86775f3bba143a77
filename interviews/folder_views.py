"""The doors to folders in an interview: look, choose, follow, stop, go on."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.models import User
from connectors.contract import offered
from connectors.models import Connection
from interviews import folder_pages
from interviews.flows import looking
from interviews.models import FolderReading, Interview

MOST_AT_ONCE = 100


@login_required
@require_safe
def folders(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
    assert isinstance(request.user, User)
    found = folder_pages.folders(interview, request.user)
    context = {"interview": interview, "folders": found, "may_connect": bool(offered()), "here": "interviews"}
    return render(request, "interviews/folders.html", context)


@login_required
@require_POST
@says_why
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
    connection = get_object_or_404(Connection.objects.visible_to(request.user), pk=_id(request.POST.get("folder", "")))
    return see_other(looking.look(interview, connection))


@login_required
@require_safe
def reading(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _reading(request, pk)
    page = folder_pages.folder_page(row, request.GET.get("search", "").strip()[:100])
    return render(request, "interviews/folder.html", {"page": page, "reading": row, "here": "interviews"})


@login_required
@require_POST
@says_why
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _reading(request, pk)
    if "all" in request.POST:
        shown = folder_pages.folder_page(row, request.POST.get("search", "").strip()[:100])
        files = [line.file for line in shown.open_lines][:MOST_AT_ONCE]
    else:
        ids = [_id(one) for one in request.POST.getlist("file")[: 10 * MOST_AT_ONCE]]
        files = list(row.files.filter(pk__in=ids))
    looking.choose(row, files)
    return see_other(row)


@login_required
@require_POST
@says_why
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _reading(request, pk)
    looking.stop(row)
    messages.success(request, "Stopped. No further request is made for it.")
    return see_other(row)


@login_required
@require_POST
@says_why
def go_on(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _reading(request, pk)
    looking.go_on(row)
    return see_other(row)


def _reading(request: HttpRequest, pk: UUID) -> FolderReading:
    rows = FolderReading.objects.visible_to(request.user).select_related("interview", "connection")
    return get_object_or_404(rows, pk=pk)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
