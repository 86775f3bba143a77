"""Privacy, Terms and DPA: the text in force, every version, and what changed between two."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.flows import publishing
from accounts.rules import wording
from public import policies


@require_safe
def policy(request: HttpRequest, document: str) -> HttpResponse:
    return render(request, "public/policy.html", {"page": policies.page(publishing.in_force(document)), "here": document})


@require_safe
def versions(request: HttpRequest, document: str) -> HttpResponse:
    """All of them, the newest first; each but the first with what it changed."""
    every = publishing.versions(document)
    context = {
        "document": document,
        "title": publishing.DOCUMENTS[document],
        "versions": list(reversed(every)),
        "first": every[0],
        "current": publishing.in_force(document),
    }
    return render(request, "public/policy_versions.html", context)


@require_safe
def version(request: HttpRequest, document: str, dated: dt.date) -> HttpResponse:
    return render(request, "public/policy.html", {"page": policies.page(_found(document, dated)[0]), "here": document})


@require_safe
def changes(request: HttpRequest, document: str, dated: dt.date) -> HttpResponse:
    found, before = _found(document, dated)
    if before is None:
        raise Http404("There is no version before the first.")
    values = publishing.values()
    compared = wording.compared(wording.filled(before.text, values), wording.filled(found.text, values))
    context = {"version": found, "before": before, "changes": compared, "document": document}
    return render(request, "public/policy_changes.html", context)


def _found(document: str, dated: dt.date) -> tuple[publishing.Version, publishing.Version | None]:
    """The version of this day and the one before it."""
    every = publishing.versions(document)
    for place, one in enumerate(every):
        if one.dated == dated:
            return one, every[place - 1] if place else None
    raise Http404("There is no version of this day.")
