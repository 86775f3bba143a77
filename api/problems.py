"""What goes wrong, as a program reads it: problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

TITLES = {
    400: "The request cannot be used",
    401: "Not authenticated",
    403: "Not allowed",
    405: "This method is not offered here",
    421: "Wrong host",
    429: "Too many requests",
}


def problem(status: int, code: str, detail: str, **headers: str) -> JsonResponse:
    """An answer of type ``urn:specstep:problem:CODE``; ``detail`` says what happened and what to do."""
    body = details(status, code, detail)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=named)


def details(status: int, code: str, detail: str) -> dict[str, Any]:
    """The members of a problem."""
    return {"type": f"urn:specstep:problem:{code}", "title": TITLES[status], "status": status, "detail": detail}
