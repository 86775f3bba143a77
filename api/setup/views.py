"""The pages about clients, for everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.oauth import places
from api.setup import clients
from generation.rules import highlighting


@dataclass(frozen=True)
class ShownStep:
    id: str
    text: str
    html: str
    """What is copied, coloured; empty where there is nothing to copy."""


def _in_html(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Which clients there are, and the address that all of them want."""
    return render(request, "api/setup/index.html", {"clients": clients.CLIENTS, "address": places.resource(), "here": "docs"})


@require_safe
def client(request: HttpRequest, slug: str) -> HttpResponse:
    """How one client is set up."""
    found = clients.client(slug)
    if found is None:
        raise Http404
    ways = [
        (
            way.title,
            [
                ShownStep(
                    f"copy-{number}-{place}",
                    _in_html(step.text),
                    highlighting.code(step.copy, step.language) if step.copy else "",
                )
                for place, step in enumerate(way.steps, 1)
            ],
        )
        for number, way in enumerate(found.ways(), 1)
    ]
    context = {"client": found, "ways": ways, "clients": clients.CLIENTS, "here": "docs"}
    return render(request, "api/setup/client.html", context)
