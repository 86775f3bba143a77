"""What goes wrong, as a program reads it: problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

from django.http import JsonResponse

TITLES = {
    400: "The request cannot be used",
    401: "Not authenticated",
    405: "This method is not offered here",
    429: "Too many requests",
}


def problem(status: int, code: str, detail: str, **headers: str) -> JsonResponse:
    """An answer of type ``urn:specstep:problem:CODE``; ``detail`` says what happened and what to do."""
    body = {"type": f"urn:specstep:problem:{code}", "title": TITLES[status], "status": status, "detail": detail}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=named)
