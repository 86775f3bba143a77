"""An example of everything, out of its schema: the first one it names, else one that fits."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

IDS = {
    "id": "01932427-c9d5-7b2d-b7ba-d2f75ea93d47",
    "interview": "01932427-c9d5-7b2d-b7ba-d2f75ea93d47",
    "workspace": "01932426-8f10-7a01-9d5e-1f7a2b3c4d5e",
    "question": "01932427-d100-7c3e-8a11-90e2b1c44f03",
    "answer": "01932427-e2a4-7d19-b6f2-3c9d0a7e5b61",
    "fact": "01932427-f00d-7e5a-9c3b-5b1e8d2f6a70",
    "conflict": "01932427-fa21-7f44-a1d8-7e0c9b3a4d12",
    "reference": "01932427-cc40-7a6b-8e9f-0d1c2b3a4f55",
    "run": "01932428-01b5-7d20-9f6e-8a7b6c5d4e3f",
    "package": "01932428-0b7c-7c11-a3f5-0d8f3c3f8a21",
    "channel": "01932429-3f10-7d2a-8f43-6f0b2c1d9e55",
    "delivery": "01932429-5c77-7e61-b0a4-2d3e4f5a6b7c",
    "webhook": "01932429-7a08-7b92-8c1d-9e8f7a6b5c4d",
    "report": "0193242a-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "item": "01932428-0b7c-7c11-a3f5-0d8f3c3f8a21",
    "folder": "0193242b-2d3e-7f40-9b5c-6d7e8f9a0b1c",
    "reading": "0193242b-4a5b-7c61-8d7e-9f0a1b2c3d4e",
    "file": "0193242b-5c6d-7e82-9fa0-b1c2d3e4f5a6",
    "dispatch": "01932429-8d3e-7c53-a2b6-4f5e6d7c8b9a",
}
"""Ids that belong together, by what they are of."""
NAMES = {"requirement": "REQ-001", "record": "F-001", "path": "docs/requirements.md", "title": "Front desk of a clinic"}
CODES = {
    400: "unreadable-body",
    401: "invalid-key",
    402: "out-of-credit",
    404: "not-found",
    406: "not-acceptable",
    409: "conflict",
    412: "changed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "unfit",
    429: "too-many-calls",
    502: "other-side-failed",
    503: "not-possible-now",
}
"""The usual code of each status."""
TEXTS = {
    "text/csv": "step,call,version,vendor,model\r\nSettle who and why,generation.vision,3,anthropic,claude-opus-5\r\n",
}
EVENT = {"id": "4", "event": "meter", "data": '{"kind": "meter", "at": "2026-11-30T16:30:11Z", "data": {"done": 1, "total": 31}}'}


def of(schema: Row, schemas: Row, name: str = "") -> Any:
    """An example of ``schema``. ``name`` is what the value is called where it stands."""
    if "$ref" in schema:
        return of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return of(schema[several][0], schemas, name)
    return _made(schema, schemas, name)


def _made(schema: Row, schemas: Row, name: str) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties: Row = schema.get("properties", {})
        return {key: of(part, schemas, key) for key, part in properties.items()}
    if kind == "array":
        return [of(schema["items"], schemas, name.removesuffix("s"))] if schema.get("items") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 0) + (1 if schema.get("maximum") != schema.get("minimum", 0) else 0)
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    forms = {"uuid": IDS.get(name, IDS["id"]), "date-time": "2026-11-30T16:30:11Z", "date": "2026-11-01"}
    return forms.get(schema.get("format", "")) or NAMES.get(name) or name.replace("_", " ").capitalize()
