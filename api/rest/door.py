"""What every route does before and after its function: who asks, which form, once or again, changed or not."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import resolve
from ninja.operation import PathView

from api.authenticating import Caller, for_programs
from api.problems import problem
from api.rest import failing
from api.rest.operations import OPERATIONS, PREFIX, Asked, Operation
from ground import idempotency
from ground.errors import SpecStepError

KEY = re.compile(r'^(?:"(?P<quoted>[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|(?P<bare>[\x21\x23-\x5b\x5d-\x7e]{1,255}))$')
"""A string of structured fields (RFC 9651, 3.3.3), as the draft wants it, or the same without quotes, as many clients send it."""
CHANGED = "It was changed since you read it. Read it again, and decide anew whether your change still holds."

Inner = Callable[[HttpRequest, Caller], HttpResponseBase]


def door(view: PathView) -> Callable[..., HttpResponse]:
    """The view of one address, for all its methods."""
    operations = {method: OPERATIONS[str(one.operation_id)] for one in view.operations for method in one.methods}
    inner = view.get_view()

    def answered(request: HttpRequest, caller: Caller, /, **ids: Any) -> HttpResponse:
        asked = cast(Asked, request)
        asked.caller = caller
        if is_head := request.method == "HEAD":
            request.method = "GET"
        response = _answered(asked, operations[str(request.method)], lambda: cast(HttpResponse, inner(asked, **ids)), ids)
        if is_head and not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    methods = [*operations, *(["HEAD"] if "GET" in operations and operations["GET"].produces != "text/event-stream" else [])]
    entered = for_programs(*methods)(answered)
    entered.inner = inner  # type: ignore[attr-defined]
    entered.answered, entered.operations = answered, operations  # type: ignore[attr-defined]
    return entered


def _answered(asked: Asked, operation: Operation, work: Callable[[], HttpResponse], ids: dict[str, Any]) -> HttpResponse:
    if refusal := _unfit_form(asked, operation):
        return refusal
    if operation.method == "GET":
        return _unless_known(asked, work())
    if operation.edits is not None and "If-Match" in asked.headers:
        return _if_unchanged(asked, operation, operation.edits, work, ids)
    if operation.method == "POST" and operation.shows and "Idempotency-Key" in asked.headers:
        return _once(asked, operation, work)
    return _placed(asked, operation, work())


def _unfit_form(asked: HttpRequest, operation: Operation) -> HttpResponse | None:
    """What form of a body is sent, and which form of an answer is wanted (RFC 9110, 8.3 and 12.5.1)."""
    if not asked.accepts(operation.produces):
        return problem(406, "not-acceptable", f"This answers as {operation.produces}. Leave Accept out, or name that in it.")
    if operation.takes and asked.content_type not in operation.takes:
        return problem(
            415, "unsupported-media-type", f"Send the body as {' or '.join(operation.takes)}.", Accept=", ".join(operation.takes)
        )
    try:
        if operation.takes and asked.content_type != "multipart/form-data":
            asked.body  # noqa: B018  # read here, so that what cannot be read is told before anything is done
    except RequestDataTooBig:
        return problem(413, "too-large", failing.TOO_LARGE)
    except UnreadablePostError:
        return problem(400, "unreadable-body", failing.UNREADABLE)
    return None


def _unless_known(asked: HttpRequest, response: Any) -> HttpResponse:
    """With its ETag; 304 where the caller has it already (RFC 9110, 13.1.2)."""
    answer: HttpResponse = response
    if response.status_code != 200:
        return answer
    if not response.streaming and "ETag" not in response.headers:
        response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    tag = response.headers.get("ETag")
    if tag and _names(asked.headers.get("If-None-Match", ""), tag, weak=True):
        known = HttpResponse(status=304, headers={"ETag": tag})
        del known.headers["Content-Type"]
        if isinstance(response, FileResponse) and response.file_to_stream is not None:
            # Not response.close(): that would tell Django that the whole request is over.
            response.file_to_stream.close()
        return known
    return answer


def _if_unchanged(
    asked: Asked, operation: Operation, edits: type[Model], work: Callable[[], HttpResponse], ids: dict[str, Any]
) -> HttpResponse:
    """Do it only where it still is what the caller read (RFC 9110, 13.1.1). Its row is locked from the look to the change."""
    with transaction.atomic():
        pk = ids.get(operation.edited, asked.caller.workspace.pk)
        edits._default_manager.select_for_update().filter(pk=pk).first()
        stands = _read(asked, asked.path)
        if stands.status_code == 404:
            return stands
        if not _names(asked.headers["If-Match"], stands.headers.get("ETag", ""), weak=False):
            return problem(412, "changed", CHANGED)
        return _placed(asked, operation, work())


def _once(asked: Asked, operation: Operation, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it once, however often it is sent under this key; a repetition reads again what the first one showed."""
    found = KEY.match(asked.headers["Idempotency-Key"])
    if found is None:
        return problem(400, "bad-idempotency-key", "Send 1 to 255 printable ASCII characters as Idempotency-Key, such as a UUID.")
    name = idempotency.name_of(str(asked.caller.user.pk), found["quoted"] or found["bare"])
    try:
        turn = idempotency.begin(name, _fingerprint(asked), whole=operation.whole)
    except SpecStepError as error:
        return failing.expected(error)
    if isinstance(turn, idempotency.Done):
        return _again(asked, operation, turn)
    try:
        response = _first(asked, operation, work, turn)
    except BaseException:
        if operation.whole:
            idempotency.forget(turn)
        raise
    if response.status_code >= 400:
        idempotency.forget(turn)
    return response


def _first(asked: Asked, operation: Operation, work: Callable[[], HttpResponse], turn: idempotency.Turn) -> HttpResponse:
    if not operation.whole:
        response = _placed(asked, operation, work())
        if response.status_code < 400:
            idempotency.finish(turn, status=response.status_code, place=_place_of(response))
        return response
    with transaction.atomic():
        response = _placed(asked, operation, work())
        if response.status_code < 400 and not idempotency.finish(turn, status=response.status_code, place=_place_of(response)):
            transaction.set_rollback(True)
            return failing.expected(idempotency.InFlight())
    return response


def _again(asked: Asked, operation: Operation, done: idempotency.Done) -> HttpResponse:
    response = _read(asked, done.place)
    if response.status_code == 200:
        response.status_code = done.status
    response.headers["Content-Location"] = done.place
    if done.status == 201:
        response.headers["Location"] = done.place
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _read(asked: Asked, place: str) -> HttpResponse:
    """What a GET of ``place`` would answer to the same caller."""
    match = resolve(place)
    look = copy.copy(asked)
    look.method, look.path, look.path_info = "GET", place, place
    response = cast(HttpResponse, match.func.inner(look, **match.kwargs))  # type: ignore[attr-defined]
    return _unless_known(HttpRequest(), response)


def _placed(asked: Asked, operation: Operation, response: HttpResponse) -> HttpResponse:
    """With the address of what it shows (RFC 9110, 8.7 and 10.2.2)."""
    if operation.shows and response.status_code < 400:
        place = PREFIX + asked.representation
        response.headers["Content-Location"] = place
        if operation.status == 201:
            response.headers["Location"] = place
    return response


def _place_of(response: HttpResponse) -> str:
    return response.headers["Content-Location"]


def _fingerprint(asked: HttpRequest) -> str:
    """Of method, address, form and body. A form with files is hashed part by part: its boundary differs each time."""
    digest = hashlib.sha256(f"{asked.method}\n{asked.get_full_path()}\n{asked.content_type}\n".encode())
    if asked.content_type != "multipart/form-data":
        digest.update(asked.body)
        return digest.hexdigest()
    for name, file in asked.FILES.items():
        assert isinstance(file, UploadedFile)
        digest.update(f"{name}\n{file.name}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    for name, values in sorted(asked.POST.lists()):
        digest.update(f"{name}\n{values}\n".encode())
    return digest.hexdigest()


def _names(header: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of ETags names this one, or is a star."""
    if header.strip() == "*":
        return bool(tag)
    given = [part.strip() for part in header.split(",")]
    return bool(tag) and tag in ([part.removeprefix("W/") for part in given] if weak else given)
