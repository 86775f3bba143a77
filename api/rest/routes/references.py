"""Documents that are given to an interview, as text or as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pydantic
from ninja.errors import HttpError, ValidationError

from api.nouns import references
from api.rest.operations import FORM, JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT

routes = Routes("References")

FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream", "description": "At most 2 MB, .md or .txt."}
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
)
def attach_reference(request: Asked, interview: UUID) -> references.ReferenceDetail:
    """Attach a document.

    As JSON with its name and text, or as a form with a file. Its text is kept without secrets, its bytes are not; facts are noted
    from it with the next reply.
    """
    if request.content_type == FORM:
        made = references.attach(request.caller, interview, **_file(request))
    else:
        made = references.attach_text(request.caller, interview, _text(request))
    request.representation = f"/references/{made.id}"
    return made


@routes.operation("GET", "/references/{uuid:reference}", references.ReferenceDetail, errors=(404,))
def read_reference(request: Asked, reference: UUID) -> references.ReferenceDetail:
    """Read a document with its text."""
    return references.read(request.caller, reference)


def _file(request: Asked) -> dict[str, Any]:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise ValidationError([{"loc": ("body", "body", "file"), "msg": "Send the document as a file in the field file."}])
    return {"name": file.name or "", "data": file.read(references.LARGEST)}


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
