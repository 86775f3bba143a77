"""An operation done within the process, for a caller who was let in by another door: same routes, checks and problems."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from api.authenticating import Caller
from api.nouns.asking import NotFound
from api.rest.operations import JSON, OPERATIONS, PREFIX, Operation
from api.rest.serving import document
from ground.errors import BadInput

BODY = "body"
"""The argument that holds the JSON body; no parameter has that name."""
FOLLOWED_SECONDS = 20.0
"""How long a stream of events is listened to."""
WHOLE = re.compile(r"[^/]+")

Row = dict[str, Any]


@dataclass(frozen=True)
class Described:
    """An operation and what the description says of it."""

    operation: Operation
    place: str
    told: Row

    @property
    def parameters(self) -> list[Row]:
        found: list[Row] = self.told["parameters"]
        return found

    @property
    def body(self) -> Row | None:
        """The schema of its JSON body, whole; None where it takes none."""
        content = self.told.get("requestBody", {}).get("content", {}).get(JSON)
        return cast(Row, _whole(content["schema"])) if content else None

    @property
    def example(self) -> Row:
        """Arguments as they could be."""
        sent = {one["name"]: one["example"] for one in self.parameters if one["required"]}
        content = self.told.get("requestBody", {}).get("content", {}).get(JSON)
        return sent | ({BODY: content["example"]} if content else {})


@dataclass(frozen=True)
class Answer:
    """What came of it."""

    status: int
    media_type: str
    content: bytes
    etag: str


@cache
def described() -> dict[str, Described]:
    """Every operation by its name."""
    found = {}
    for place, item in document()["paths"].items():
        for told in item.values():
            found[told["operationId"]] = Described(OPERATIONS[told["operationId"]], place, told)
    return found


def find(operation: str) -> Described:
    """One operation. Raises ``BadInput`` for a name that there is not."""
    if operation not in described():
        raise BadInput("There is no such operation. list_operations says which there are.")
    return described()[operation]


def perform(caller: Caller, operation: str, arguments: Mapping[str, Any]) -> Answer:
    """Do it as ``caller``, and answer as the address would, failures included.

    ``arguments``: parameters by name, wherever they go, and ``body``. Raises ``BadInput`` for names it does not take,
    ``NotFound``.
    """
    one = find(operation)
    request = _request(one, arguments, agent=caller.key_name)
    try:
        match = resolve(request.path)
    except Resolver404:
        raise NotFound from None
    served: Mapping[str, Operation] = getattr(match.func, "operations", {})
    if served.get(one.operation.method) is not one.operation:
        raise NotFound  # an id that is none leads elsewhere
    response = match.func.answered(request, caller, **match.kwargs)  # type: ignore[attr-defined]
    return Answer(
        status=response.status_code,
        media_type=response.headers.get("Content-Type", "").partition(";")[0],
        content=_content(response),
        etag=response.headers.get("ETag", ""),
    )


def _request(one: Described, arguments: Mapping[str, Any], *, agent: str) -> WSGIRequest:
    taken = {each["name"]: each for each in one.parameters}
    if unknown := arguments.keys() - taken.keys() - ({BODY} if one.operation.takes else set()):
        named = ", ".join(sorted(name[:40] for name in unknown))
        raise BadInput(f"{one.operation.id} takes no {named}. describe_operation says what it takes.")
    place, query, headers = one.place, {}, {}
    for name, told in taken.items():
        value = arguments.get(name)
        if value is None and not told["required"]:
            continue
        if told["in"] == "path":
            place = place.replace(f"{{{name}}}", _in_path(name, value))
        elif told["in"] == "query" and value is not None:
            query[name] = _written(name, value)
        elif told["in"] == "header":
            headers[f"HTTP_{name.upper().replace('-', '_')}"] = _written(name, value)
    body = json.dumps(arguments[BODY]).encode() if BODY in arguments else b""
    return WSGIRequest(
        {
            "REQUEST_METHOD": one.operation.method,
            # As a server hands it over: the bytes of the address, each as one character (PEP 3333).
            "PATH_INFO": (PREFIX + place).encode().decode("latin-1"),
            "QUERY_STRING": urlencode(query),
            "CONTENT_TYPE": JSON if one.operation.takes else "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_USER_AGENT": agent,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "https",
        }
        | headers
    )


def _in_path(name: str, value: Any) -> str:
    text = _written(name, value) if value is not None else ""
    if not text:
        raise BadInput(f"{name} is missing. describe_operation says what it takes.")
    if name != "path" and not WHOLE.fullmatch(text):
        raise NotFound
    return text


def _written(name: str, value: Any) -> str:
    """A value as it stands in an address or header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise BadInput(f"{name} has to be a text or a number.")
    text = str(value)
    if "\x00" in text or "\n" in text or "\r" in text:
        raise BadInput(f"{name} holds a character that cannot be sent.")
    return text


def _content(response: HttpResponseBase) -> bytes:
    if isinstance(response, HttpResponse):
        return response.content
    assert isinstance(response, StreamingHttpResponse)
    if response.is_async:
        return asyncio.run(_followed(response))
    try:
        return b"".join(response)
    finally:
        response.close()


async def _followed(response: StreamingHttpResponse) -> bytes:
    """What is told until the stream ends or the time is over. The ids in it say where to go on."""
    pieces: list[bytes] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(FOLLOWED_SECONDS):
            async for piece in response:
                pieces.append(piece)  # noqa: PERF401  # what came before the time was over is kept
    return b"".join(pieces)


def _whole(schema: Any) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_whole(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return {word: _whole(part) for word, part in schema.items()}
