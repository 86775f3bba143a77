"""The doors to writing and reading: a run, its package, the documents and the scorecard."""

from __future__ import annotations

import csv
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.models import User
from generation import pages
from generation.flows import accounting, cancelling, discarding, starting
from generation.framing import framed
from generation.models import Document, Package, Run
from ground.models import LogEntry
from interviews.models import Interview
from llm.placeholders import without_placeholders

RUN = "generation/run.html"
PARTS = {"step": "step", "meter": "meter", "news": "happened", "over": "over"}


@login_required
@require_safe
def packages(request: HttpRequest) -> HttpResponse:
    context = {
        "packages": Package.objects.visible_to(request.user).select_related("interview").defer("model"),
        "runs": Run.objects.visible_to(request.user)
        .exclude(state__in=[Run.State.DONE, Run.State.CANCELLED])
        .select_related("interview")
        .defer("evidence"),
        "here": "packages",
    }
    return render(request, "generation/packages.html", context)


@login_required
@require_POST
@says_why
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
    return see_other(starting.start(interview, actor=request.user))


@login_required
@require_safe
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, RUN, {"page": pages.run_page(_run(request, pk)), "here": "packages"})


@login_required
@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = accounting.receipt_of(_run(request, pk))
    return render(request, "generation/receipt.html", {"receipt": page, "here": "packages"})


@login_required
@require_safe
def receipt_csv(request: HttpRequest, pk: UUID) -> HttpResponse:
    run = _run(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"receipt-{slugify(without_placeholders(run.project_title)) or 'package'}-{run.number}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(response).writerows(accounting.receipt_of(run).rows())
    return response


@login_required
@require_POST
@says_why
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    return see_other(cancelling.cancel(_run(request, pk), actor=request.user))


@login_required
@require_POST
@says_why
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    run = _run(request, pk)
    starting.retry(run)
    return see_other(run)


@login_required
@require_safe
def package(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = pages.package_page(_package(request, pk), follow=request.GET.get("follow", ""))
    return render(request, "generation/package.html", {"page": page, "here": "packages"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def delete_package(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into the Recycle Bin."""
    assert isinstance(request.user, User)
    package = _package(request, pk)
    if request.method == "POST":
        discarding.discard(package, actor=request.user)
        messages.success(request, f"“{package}” is in the Recycle Bin for 30 days.")
        return see_other("generation:packages")
    return render(request, "accounts/discard.html", {"row": package, "kind": "package", "here": "packages"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def delete_interview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into the Recycle Bin, with its packages where the owner wants that (N-69)."""
    assert isinstance(request.user, User)
    interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
    packages = Package.objects.visible_to(request.user).filter(interview=interview).defer("model")
    if request.method == "POST":
        discarding.discard_interview(interview, actor=request.user, with_packages="packages" in request.POST)
        messages.success(request, f"“{interview}” is in the Recycle Bin for 30 days.")
        return see_other("interviews:index")
    context = {"row": interview, "kind": "interview", "packages": packages.count(), "here": "interviews"}
    return render(request, "accounts/discard.html", context)


@login_required
@require_safe
def scorecard(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = pages.scorecard_page(_package(request, pk))
    return render(request, "generation/scorecard.html", {"page": page, "here": "packages"})


@login_required
@require_safe
def document(request: HttpRequest, pk: UUID, path: str) -> HttpResponse:
    page = pages.document_page(_document(request, pk, path))
    return render(request, "generation/document.html", {"page": page, "here": "packages"})


@login_required
@require_safe
@xframe_options_sameorigin
def diagram_frame(request: HttpRequest, pk: UUID, path: str) -> HttpResponse:
    """One diagram of a document, in a sandbox."""
    return framed(request, _document(request, pk, path).text, path)


def run_fragment(request: HttpRequest, pk: UUID, entry: LogEntry) -> str:
    """The HTML that one entry of the run's log changes. Called by the event stream."""
    page = pages.run_page(_run(request, pk))
    context = {"page": page, "card": page.card_of(entry.payload.get("key", "")), "news": page.told(entry)}
    return render_to_string(f"{RUN}#{PARTS.get(entry.kind, 'meter')}", context, request)


def _run(request: HttpRequest, pk: UUID) -> Run:
    return get_object_or_404(Run.objects.visible_to(request.user).select_related("interview").defer("evidence"), pk=pk)


def _package(request: HttpRequest, pk: UUID) -> Package:
    return get_object_or_404(Package.objects.visible_to(request.user).select_related("interview", "run"), pk=pk)


def _document(request: HttpRequest, pk: UUID, path: str) -> Document:
    found = Document.objects.visible_to(request.user).select_related("package__interview")
    return get_object_or_404(found, package_id=pk, path=path)
