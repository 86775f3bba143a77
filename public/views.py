"""What a visitor sees without signing in."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ground import clock
from public import pages


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


@require_safe
def example(request: HttpRequest) -> HttpResponse:
    return _file(request, "README.md")


@require_safe
def example_scorecard(request: HttpRequest) -> HttpResponse:
    return _file(request, "quality/scorecard.md")


@require_safe
def example_document(request: HttpRequest, path: str) -> HttpResponse:
    return _file(request, path)


SECURITY_DAYS = 180
"""How long what security.txt says may be relied on; RFC 9116 recommends less than a year."""


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness or of an account that was taken over (RFC 9116, S-182)."""
    midnight = dt.datetime.combine(clock.today(), dt.time(), tzinfo=dt.UTC)
    lines = (
        f"Contact: mailto:{settings.CONTACT_EMAIL}",
        f"Expires: {midnight + dt.timedelta(days=SECURITY_DAYS):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(reverse('public:security'))}",
    )
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


def _file(request: HttpRequest, path: str) -> HttpResponse:
    if path not in pages.files():
        raise Http404("There is no such file in the example.")
    context = {"path": path, "parts": pages.parts(path), "shelves": pages.shelves_at(path), "here": "example"}
    return render(request, "public/example.html", context)
