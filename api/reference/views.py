"""The pages about the API, for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.reference import pages


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """How to begin, and what holds for every call."""
    start = next(one for one in pages.entries("account-and-usage", settings.SITE_URL) if one.id == "read_account")
    context = {"nouns": pages.nouns(), "about": pages.about(), "start": start, "here": "docs", "base": settings.SITE_URL}
    return render(request, "api/index.html", context)


@require_safe
def noun(request: HttpRequest, tag: str) -> HttpResponse:
    """Every operation about one noun."""
    found = pages.noun(tag)
    if found is None:
        raise Http404
    context = {"noun": found, "nouns": pages.nouns(), "entries": pages.entries(tag, settings.SITE_URL), "here": "docs"}
    return render(request, "api/noun.html", context)
