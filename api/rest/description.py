"""The description of the API: OpenAPI 3.1 out of the routes, with every failure, header and an example of everything."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ninja import NinjaAPI

from api.nouns.references import NewReference
from api.nouns.runs import Event
from api.problems import TITLES
from api.rest import examples
from api.rest.operations import FORM, JSON, OPERATIONS, PREFIX, Operation
from api.rest.routes.references import FILE

Row = dict[str, Any]

ABOUT = """\
SpecStep interviews a product owner and writes the documents a team and its coding agents build from. Everything its pages can do
with interviews, runs, packages and deliveries, a program can do here.

**Keys.** Send a key of the account as `Authorization: Bearer KEY`; make one in Settings, API keys. It may do everything the
account may. In an address it is refused.

**Failures** are problem details (RFC 9457, `application/problem+json`): `detail` says what happened and what to do, `errors`
names each part that does not fit.

**Lists** hold at most `limit` rows (1 to 100, usually 50). `next` is the cursor of the page after; what is added meanwhile
neither moves nor repeats what is still to come.

**Once.** A POST with an `Idempotency-Key` is done once within 24 hours: the same request gets the same answer again, with
`Idempotency-Replayed: true`; another request under the same key is refused with 422, and while the first is still worked
on, with 409.

**Changed or not.** Answers carry an `ETag`. With `If-None-Match` an unchanged one is a 304 without a body; with `If-Match` a
change is made only to what you read, else it is a 412.

**How often.** 600 calls a minute and key; `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` say how it stands.
"""
TAGS = {
    "Account and usage": "Whose key it is, what was used and what it cost, and the owner's own limits.",
    "Interviews": "What is asked and said, the facts noted from it, and where each topic stands.",
    "References": "Documents that are given to an interview.",
    "Folders": "Folders of OneDrive, SharePoint and Google Drive that may be read, and files of them for an interview.",
    "Runs": "Writing a package out of a closed interview.",
    "Packages": "What a run leaves: documents, requirements, their traces, and what a change reaches.",
    "Recycle Bin": "What was deleted and can be restored for 30 days, and after how many days things go there by themselves.",
    "Deliveries": "Where packages go, and what became of each.",
    "Webhooks": "Who is told what happened, and what was sent.",
    "You": "How you are called, what you are told, what was done in the account, and problems you report.",
}
ALWAYS = (400, 401, 406, 429)
HELP = {
    400: "A key stands in the address, or the body cannot be read.",
    401: "No key, or one that is not let in.",
    402: "A limit of spending does not reach.",
    404: "Nothing with this id is in this account.",
    406: "Accept names another form than this answers in.",
    409: "It stands differently by now than the request assumes.",
    412: "It was changed since you read it.",
    413: "The body is larger than 12 MB, or a form larger than 256 MB.",
    415: "The body is sent in a form that is not read here.",
    422: "A part of the request does not fit; errors names it.",
    429: "Too many calls; wait for Retry-After seconds.",
    502: "A service that was asked failed.",
    503: "Not possible at the moment; try again later.",
}
LIMITS = {
    "RateLimit-Limit": "Calls of this key at once.",
    "RateLimit-Remaining": "Calls that are left.",
    "RateLimit-Reset": "Seconds until all are there again.",
}
PROBLEM: Row = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": "urn:specstep:problem:CODE; a word for programs.",
            "examples": ["urn:specstep:problem:not-found"],
        },
        "title": {"type": "string", "description": "The status in words.", "examples": ["Not found"]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {
            "type": "string",
            "description": "What happened and what to do.",
            "examples": ["There is nothing with this id in this account. Read the list it comes from to see what there is."],
        },
        "errors": {
            "type": "array",
            "description": "Each part that does not fit.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string", "examples": ["Field required"]},
                    "pointer": {"type": "string", "description": "JSON pointer into the body.", "examples": ["/title"]},
                    "parameter": {"type": "string", "description": "Name of the parameter.", "examples": ["limit"]},
                },
            },
        },
    },
}


@cache
def as_json(api: NinjaAPI) -> bytes:
    return json.dumps(document(api), ensure_ascii=False, indent=1).encode()


@cache
def document(api: NinjaAPI) -> Row:
    """The whole description."""
    drafted: Row = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    schemas: Row = drafted["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    schemas["Event"] = Event.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["NewReference"] = NewReference.model_json_schema(ref_template="#/components/schemas/{model}")
    for schema in schemas.values():
        _tidy(schema)
    paths = {
        place: {method: _operation(one, schemas) for method, one in item.items()} for place, item in drafted["paths"].items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SpecStep",
            "version": api.version,
            "summary": "Interviews, packages, deliveries.",
            "description": ABOUT,
        },
        "servers": [{"url": PREFIX, "description": "This service"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {str(status): _failure(status) for status in (*HELP,)},
            "headers": {
                name: {"description": text, "schema": {"type": "integer", "minimum": 0}} for name, text in LIMITS.items()
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key of the account: Settings, API keys."}
            },
        },
    }


def _operation(drafted: Row, schemas: Row) -> Row:
    known = OPERATIONS[drafted["operationId"]]
    parameters = [_parameter(one) for one in drafted.get("parameters", [])] + _headers(known)
    told: Row = {
        "operationId": known.id,
        "summary": drafted["summary"],
        "description": drafted["description"],
        "tags": drafted["tags"],
        "parameters": parameters,
        "responses": _responses(known, drafted, schemas, fits=bool(known.takes or drafted.get("parameters"))),
    }
    if known.takes:
        told["requestBody"] = _body(known, drafted, schemas)
    return told


def _parameter(one: Row) -> Row:
    """Without null: what is left out of an address is not there."""
    schema = dict(one["schema"])
    choices = [choice for choice in schema.pop("anyOf", []) if choice.get("type") != "null"]
    if choices:
        schema = choices[0] | schema
    for name in ("title", "examples", "description"):
        schema.pop(name, None)
    if schema.get("default", "") is None:
        del schema["default"]
    given = one.get("examples") or one["schema"].get("examples") or [examples.of(schema, {}, one["name"])]
    description = one.get("description") or PATH.get(one["name"], "")
    return {
        "name": one["name"],
        "in": one["in"],
        "required": one["required"],
        "description": description,
        "schema": schema,
        "example": given[0],
    }


EVENT: Row = {
    "title": "RunEvent",
    "description": "One event of the stream.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Its place; send the last one as Last-Event-ID."},
        "event": {"enum": ["news", "step", "meter", "over"]},
        "data": {"type": "string", "description": "JSON with kind, at and data, see Event."},
        "retry": {"type": "integer"},
    },
}
PATH = {
    "interview": "Id of the interview.",
    "question": "Id of the question.",
    "answer": "Id of the answer.",
    "fact": "Id of the fact.",
    "conflict": "Id of the disagreement.",
    "reference": "Id of the document.",
    "run": "Id of the run.",
    "package": "Id of the package.",
    "path": "Path of the document in the package.",
    "requirement": "Id of the requirement in the package.",
    "record": "Id of an answer, fact, requirement, component, test or story of the package.",
    "channel": "Id of the channel.",
    "delivery": "Id of the delivery.",
    "webhook": "Id of the webhook.",
    "dispatch": "Id of the entry of the log.",
    "report": "Id of the report.",
    "item": "Id of what lies in the Recycle Bin.",
    "folder": "Id of the connected folder.",
    "reading": "Id of the look into a folder.",
}


def _headers(known: Operation) -> list[Row]:
    found = []
    if known.method == "POST" and known.shows:
        text = "Do it once within 24 hours, however often it is sent under this key (draft-ietf-httpapi-idempotency-key-header)."
        found.append(
            _header("Idempotency-Key", text, "8e03978e-40d5-43dd-bc93-6894a57f9324", pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,255}$")
        )
    if known.method == "GET" and known.produces != "text/event-stream":
        found.append(_header("If-None-Match", "The ETag you have: unchanged is a 304.", '"0b2f9c1e"'))
    if known.edits:
        found.append(_header("If-Match", "Change only what still has this ETag.", "*"))
    if known.produces == "text/event-stream":
        found.append(_header("Last-Event-ID", "The id of the last event you have.", "12", pattern=r"^[0-9]{1,9}$"))
    return found


def _header(name: str, text: str, example: str, *, pattern: str = "") -> Row:
    schema: Row = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema, "example": example}


def _body(known: Operation, drafted: Row, schemas: Row) -> Row:
    if FORM in known.takes:
        json_schema: Row = {"$ref": "#/components/schemas/NewReference"}
        return {
            "required": True,
            "content": {JSON: {"schema": json_schema, "example": examples.of(json_schema, schemas)}, FORM: {"schema": FILE}},
        }
    schema = drafted["requestBody"]["content"][JSON]["schema"]
    return {"required": True, "content": {JSON: {"schema": schema, "example": examples.of(schema, schemas)}}}


def _responses(known: Operation, drafted: Row, schemas: Row, *, fits: bool) -> Row:
    good: Row = {
        "description": WORDS[known.status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in LIMITS},
    }
    if known.status != 204:
        good["content"] = {known.produces: _content(known, drafted, schemas)}
    if known.method == "GET" and known.produces != "text/event-stream":
        good["headers"]["ETag"] = _said("Stands for this content; send it as If-None-Match or If-Match.", '"0b2f9c1e"')
    if known.shows:
        place = PREFIX + known.shows
        good["headers"]["Content-Location"] = _said("Where what this shows can be read again.", place)
        if known.status == 201:
            good["headers"]["Location"] = _said("Where what was made can be read.", place)
        good["headers"]["Idempotency-Replayed"] = _said("true: this was done by an earlier request under the same key.", "true")
    found: Row = {str(known.status): good}
    if "ETag" in good["headers"]:
        found["304"] = {"description": "You have it already.", "headers": {"ETag": good["headers"]["ETag"]}}
    if known.produces == "text/event-stream":
        found["204"] = {"description": "The run is over and you have every event."}
    failing = {*ALWAYS, *known.errors}
    if known.takes:
        failing |= {413, 415}
    if fits or (known.method == "POST" and known.shows):
        failing.add(422)
    if known.method == "POST" and known.shows:
        failing.add(409)
    return found | {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(failing)}


WORDS = {200: "It is here.", 201: "It was made.", 202: "It was taken on and is done in the background.", 204: "It is done."}


def _content(known: Operation, drafted: Row, schemas: Row) -> Row:
    if known.produces == JSON:
        schema = drafted["responses"][str(known.status)]["content"][JSON]["schema"]
        return {"schema": schema, "example": examples.of(schema, schemas)}
    if known.produces == "application/zip":
        return {"schema": {"type": "string", "contentMediaType": "application/zip"}}
    if known.produces == "text/event-stream":
        return {"schema": EVENT, "example": examples.EVENT}
    return {"schema": {"type": "string"}, "example": examples.TEXTS[known.produces]}


def _said(text: str, example: str) -> Row:
    return {"description": text, "schema": {"type": "string"}, "example": example}


def _failure(status: int) -> Row:
    headers: Row = {}
    if status == 401:
        headers["WWW-Authenticate"] = _said("RFC 6750.", 'Bearer realm="SpecStep"')
    if status in (429, 503):
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}, "example": 2}
    code = examples.CODES[status]
    shown: Row = {"type": f"urn:specstep:problem:{code}", "title": TITLES[status], "status": status, "detail": HELP[status]}
    if status == 422:
        shown["errors"] = [{"detail": "Field required", "pointer": "/title"}]
    told: Row = {"description": HELP[status]}
    if headers:
        told["headers"] = headers
    told["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}}
    return told


def _tidy(schema: Any) -> None:
    """Without the titles that pydantic makes of names: they say nothing."""
    if isinstance(schema, list):
        for one in schema:
            _tidy(one)
    if not isinstance(schema, dict):
        return
    for name, part in (schema.get("properties") or {}).items():
        if isinstance(part, dict) and part.get("title", "").replace(" ", "").lower() == name.replace("_", "").lower():
            del part["title"]
    for part in schema.values():
        _tidy(part)
