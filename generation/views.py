"""The doors to runs and packages. Every page works without JavaScript; a run's page is kept in step by its event stream."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import says_why, see_other
from generation.flows import cancelling, starting
from generation.models import Document, Package, Run
from ground.models import LogEntry
from interviews.models import Interview

RUN = "generation/run.html"


@login_required
@require_POST
@says_why
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    return see_other(starting.start(get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)))


@login_required
@require_safe
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, RUN, {"run": get_object_or_404(Run.objects.visible_to(request.user), pk=pk), "here": "packages"})


@login_required
@require_POST
@says_why
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    return see_other(cancelling.cancel(get_object_or_404(Run.objects.visible_to(request.user), pk=pk)))


@login_required
@require_POST
@says_why
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    return see_other(starting.retry(get_object_or_404(Run.objects.visible_to(request.user), pk=pk)))


@login_required
@require_safe
def packages(request: HttpRequest) -> HttpResponse:
    listed = Package.objects.visible_to(request.user)
    return render(request, "generation/packages.html", {"packages": listed, "here": "packages"})


@login_required
@require_safe
def package(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Package.objects.visible_to(request.user), pk=pk)
    return render(request, "generation/package.html", {"package": found, "here": "packages"})


@login_required
@require_safe
def scorecard(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Package.objects.visible_to(request.user), pk=pk)
    return render(request, "generation/scorecard.html", {"package": found, "here": "packages"})


@login_required
@require_safe
def document(request: HttpRequest, pk: UUID, path: str) -> HttpResponse:
    found = get_object_or_404(Document.objects.visible_to(request.user), package_id=pk, path=path)
    return render(request, "generation/document.html", {"document": found, "here": "packages"})


@login_required
@require_safe
def diagram_frame(request: HttpRequest, pk: UUID, path: str) -> HttpResponse:
    found = get_object_or_404(Document.objects.visible_to(request.user), package_id=pk, path=path)
    return render(request, "generation/diagram.html", {"document": found})


def run_fragment(request: HttpRequest, pk: UUID, entry: LogEntry) -> str:
    """The HTML that one entry of the run's log changes. Called by the event stream."""
    found = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    return render_to_string(f"{RUN}#live", {"run": found, "entry": entry}, request)
