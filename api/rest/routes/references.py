"""Documents that are given to an interview, as text or as a file."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

import pydantic
from django.core.files.uploadedfile import UploadedFile
from ninja.errors import HttpError, ValidationError

from api.nouns import references
from api.rest.operations import FORM, JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT

routes = Routes("References")

FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": (
                f"At most {references.LARGEST // 1024 // 1024} MB: PDF, Word, Excel, PowerPoint, web page, Markdown, text, "
                "image, or a ZIP of these."
            ),
        }
    },
}
"""The form with a file, for the description."""


@routes.operation("GET", "/interviews/{uuid:interview}/references", references.ReferencePage, errors=(404,))
def list_references(request: Asked, interview: UUID, limit: int = LIMIT, cursor: str | None = CURSOR) -> references.ReferencePage:
    """List documents of an interview.

    In the order in which they were given, without their texts.
    """
    return references.listed(request.caller, interview, limit=limit, cursor=cursor)


@routes.operation(
    "POST",
    "/interviews/{uuid:interview}/references",
    references.ReferenceDetail,
    status=201,
    takes=(JSON, FORM),
    errors=(404, 413, 503),
    shows="/references/{reference}",
    # Reading takes up to a minute, and the interview must not stand still meanwhile.
    whole=False,
)
def attach_reference(request: Asked, interview: UUID) -> references.ReferenceDetail:
    """Attach a document.

    As JSON with its name and text, or as a form with a file of any usual kind, up to 25 MB. It is read before the answer comes.
    Its text is kept without secrets, its bytes are not; facts are noted from it with the next reply.
    """
    if request.content_type == FORM:
        file = _file(request)
        made = references.attach(
            request.caller, interview, name=file.name or "", file=cast(BinaryIO, file.file), size=file.size or 0
        )
    else:
        made = references.attach_text(request.caller, interview, _text(request))
    request.representation = f"/references/{made.id}"
    return made


@routes.operation("GET", "/references/{uuid:reference}", references.ReferenceDetail, errors=(404,))
def read_reference(request: Asked, reference: UUID) -> references.ReferenceDetail:
    """Read a document with its text."""
    return references.read(request.caller, reference)


@routes.operation(
    "POST",
    "/references/{uuid:reference}/cancel",
    references.ReferenceDetail,
    errors=(404, 409),
    shows="/references/{reference}",
)
def cancel_reference(request: Asked, reference: UUID) -> references.ReferenceDetail:
    """Stop reading a document.

    It stays on the list without its text. Once it is read there is nothing to stop: remove it.
    """
    request.representation = f"/references/{reference}"
    return references.cancel(request.caller, reference)


@routes.operation("DELETE", "/references/{uuid:reference}", references.RemovedReference, errors=(404,))
def remove_reference(request: Asked, reference: UUID) -> references.RemovedReference:
    """Remove a document.

    Its text and every note that rests on it go; what is open by that is asked about again. Packages written before stay as they
    are.
    """
    return references.remove(request.caller, reference)


def _file(request: Asked) -> UploadedFile[Any]:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise ValidationError([{"loc": ("body", "body", "file"), "msg": "Send the document as a file in the field file."}])
    return file


def _text(request: Asked) -> references.NewReference:
    try:
        return references.NewReference.model_validate_json(request.body)
    except pydantic.ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            raise HttpError(400, "not JSON") from None
        raise ValidationError(
            [
                {"loc": ("body", "body", *fault["loc"]), "msg": fault["msg"]}
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from None
