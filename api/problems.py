"""What goes wrong, as a program reads it: problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import JsonResponse

TITLES = {
    400: "The request cannot be used",
    401: "Not authenticated",
    402: "A limit of spending does not reach",
    403: "Not allowed",
    404: "Not found",
    405: "This method is not offered here",
    406: "No such form of the answer",
    409: "It stands differently by now",
    412: "It was changed in the meantime",
    413: "The request is too large",
    415: "This form of a body is not read here",
    421: "Wrong host",
    422: "A part of the request cannot be used",
    429: "Too many requests",
    500: "A fault of ours",
    502: "Another service failed",
    503: "Not possible at the moment",
}


def problem(status: int, code: str, detail: str, *, errors: Sequence[Mapping[str, str]] = (), **headers: str) -> JsonResponse:
    """An answer of type ``urn:specstep:problem:CODE``; ``detail`` says what happened and what to do.

    ``errors``: one entry per part that cannot be used, with its ``detail`` and its place (``pointer``, ``parameter``).
    """
    body = details(status, code, detail)
    if errors:
        body["errors"] = list(errors)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=named)


def details(status: int, code: str, detail: str) -> dict[str, object]:
    """The members that every problem has."""
    return {"type": f"urn:specstep:problem:{code}", "title": TITLES[status], "status": status, "detail": detail}
