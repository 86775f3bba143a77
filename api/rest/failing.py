"""What goes wrong becomes problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts.flows import reporting
from api.nouns.asking import NotFound
from api.problems import problem
from delivery.contract import DeliveryFailed
from delivery.flows.handing_out import ArchiveMissing
from ground import idempotency
from ground.errors import BadInput, Conflict, SpecStepError
from llm.errors import ModelBusy, ModelFailed
from llm.purse import OutOfCredit

CODES: list[tuple[type[SpecStepError], int, str]] = [
    (NotFound, 404, "not-found"),
    (ArchiveMissing, 404, "archive-missing"),
    (BadInput, 422, "bad-input"),
    (idempotency.OtherRequest, 422, "idempotency-key-reused"),
    (idempotency.InFlight, 409, "idempotency-key-in-flight"),
    (idempotency.Unsure, 409, "idempotency-key-unsure"),
    (Conflict, 409, "conflict"),
    (reporting.TooMany, 429, "too-many-reports"),
    (OutOfCredit, 402, "out-of-credit"),
    (DeliveryFailed, 502, "other-side-failed"),
    (ModelBusy, 503, "model-busy"),
    (ModelFailed, 502, "model-failed"),
    (SpecStepError, 503, "not-possible-now"),
]
"""The first that fits counts."""
WAIT = {429: "360", 503: "30"}
"""Seconds after which trying again may help."""
TOO_LARGE = "The body is larger than 12 MB. Send the part that matters."
UNREADABLE = "The body is not what its Content-Type says, or it broke off. Send it again as JSON in UTF-8."
FAULT = "Something went wrong on our side. It was noted; trying again often helps."


def answer_failures(api: NinjaAPI) -> None:
    """Tell ``api`` how each failure is answered."""
    api.add_exception_handler(SpecStepError, _expected)
    api.add_exception_handler(ValidationError, _unfit)
    api.add_exception_handler(HttpError, lambda request, error: problem(400, "unreadable-body", UNREADABLE))
    api.add_exception_handler(RequestDataTooBig, lambda request, error: problem(413, "too-large", TOO_LARGE))
    for broken in (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        api.add_exception_handler(broken, lambda request, error: problem(400, "unreadable-body", UNREADABLE))
    api.add_exception_handler(Exception, _crash)


def expected(error: SpecStepError) -> HttpResponse:
    """The answer to a failure that carries its sentence."""
    status, code = next((status, code) for kind, status, code in CODES if isinstance(error, kind))
    response = problem(status, code, str(error))
    if status in WAIT or isinstance(error, idempotency.InFlight):
        response.headers["Retry-After"] = WAIT.get(status, "2")
    return response


def _expected(request: HttpRequest, error: Any) -> HttpResponse:
    return expected(error)


def _unfit(request: HttpRequest, error: Any) -> HttpResponse:
    """Each part that does not fit its schema, with its place: a JSON pointer into the body, or the name of a parameter."""
    return problem(
        422,
        "unfit",
        "Some parts of the request do not fit. Look at errors for each of them.",
        errors=[_one(fault) for fault in error.errors],
    )


def _one(error: Mapping[str, Any]) -> dict[str, str]:
    where, *place = error["loc"]
    said = str(error["msg"])
    if where == "body":
        # The first name is that of our own parameter; what follows is in the caller's body.
        return {"detail": said, "pointer": "".join(f"/{_escaped(str(part))}" for part in place[1:])}
    return {"detail": said, "parameter": str(place[0]) if place else str(where)}


def _escaped(part: str) -> str:
    """RFC 6901, 3."""
    return part.replace("~", "~0").replace("/", "~1")


def _crash(request: HttpRequest, error: Any) -> HttpResponse:
    """What nobody expected goes on to Django, which reports it; ``specstep.faults`` answers."""
    raise error
