"""Settings, Data export: everything we hold about a person, as a file to take along."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import says_why, see_other
from accounts.flows import exporting
from accounts.models import Export, User
from ground import clock
from ground.errors import Conflict


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def data_export(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "POST":
        exporting.ask(request.user)
        messages.success(request, "Your export is being prepared. You get an email when it is ready, and the link appears here.")
        return see_other("accounts:data_export")
    rows = [(export, exporting.link(export) if export.is_offered else "") for export in exporting.of(request.user)]
    waiting = any(export.state == Export.State.WAITING for export, _ in rows)
    return render(request, "accounts/export.html", {"rows": rows, "waiting": waiting, "here": "settings"})


@never_cache
@login_required
@require_safe
def download(request: HttpRequest, pk: uuid.UUID, until: int, signature: str) -> HttpResponseBase:
    """A link that we did not sign, or that is another's, does not exist; one that is over says so (S-162, S-163)."""
    assert isinstance(request.user, User)
    if not exporting.is_signed(pk, until, signature):
        raise Http404("There is no such export.")
    if clock.now().timestamp() >= until:
        return _over(request)
    export = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    try:
        file = exporting.hand_out(export, user=request.user)
    except Conflict as error:
        return _over(request, str(error))
    name = f"specstep-data-{export.ready_at:%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


def _over(request: HttpRequest, sentence: str = "This link is over: an export can be downloaded for 7 days.") -> HttpResponse:
    return render(request, "accounts/export_over.html", {"sentence": sentence, "here": "settings"}, status=410)
