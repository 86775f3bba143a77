"""Packages go out: the whole archive, or one file of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from delivery.flows import handing_out
from generation.models import Document, Package


@login_required
@require_safe
def archive(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The zip, byte for byte as the run left it."""
    package = get_object_or_404(Package.objects.visible_to(request.user), pk=pk)
    try:
        held = handing_out.archive_of(package)
    except handing_out.ArchiveMissing:
        return render(request, "delivery/missing.html", {"package": package, "here": "packages"}, status=404)
    response = FileResponse(held.content, as_attachment=True, filename=held.name, content_type="application/zip")
    response.headers["ETag"] = f'"{held.sha256}"'
    return response


@login_required
@require_safe
def file(request: HttpRequest, pk: UUID, path: str) -> HttpResponse:
    """One document as it stands in the archive. Always a download, never rendered: what a model wrote stays text."""
    document = get_object_or_404(Document.objects.visible_to(request.user), package_id=pk, path=path)
    name = path.rsplit("/", 1)[-1]
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(document.text, content_type="text/plain; charset=utf-8", headers=headers)
