"""One diagram alone, in a sandbox. Mermaid writes style attributes, which no other page of ours may."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from generation.rules import showing


def framed(request: HttpRequest, text: str, path: str) -> HttpResponse:
    """The diagram ``?n=`` of the file, under a policy of its own. Raises ``Http404`` when the file has none of that number."""
    number = request.GET.get("n", "0")
    source = showing.diagram(text, path, int(number)) if number.isdecimal() else None
    if source is None:
        raise Http404("There is no such diagram in the file.")
    response = render(request, "generation/diagram.html", {"source": source, "theme": request.GET.get("theme", "")})
    own = f"{request.scheme}://{request.get_host()}{static('')}"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {own}; style-src {own} 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
        "sandbox allow-scripts"
    )
    return response
