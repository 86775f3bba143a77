"""What a visitor sees without signing in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

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


def _file(request: HttpRequest, path: str) -> HttpResponse:
    if path not in pages.files():
        raise Http404("There is no such file in the example.")
    context = {"path": path, "parts": pages.parts(path), "shelves": pages.shelves_at(path), "here": "example"}
    return render(request, "public/example.html", context)
