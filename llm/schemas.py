"""Strict JSON schemas from pydantic models, in the subset that both vendors' structured outputs accept.

Every object is closed, every property required, references are kept. What the vendors' grammars do not take (lengths, ranges,
formats, patterns, numbers of items) moves into the description in words; pydantic still checks it after the answer.
"""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel

_IN_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches the regular expression {}",
    "format": "in the format {}",
}
_DROPPED = {"title", "default", "examples", "discriminator", "uniqueItems", "deprecated", "readOnly", "writeOnly"}
_KEPT = {"type", "enum", "const", "description"}


class OpenShape(TypeError):
    """A model that cannot be held to a closed schema: a free-form dictionary, ``Any``, or a tuple. A fault in our code."""


def strict(model: type[BaseModel]) -> dict[str, Any]:
    """The strict schema of ``model``. Raises ``OpenShape`` with the place when a part is open. The result is shared."""
    return _strict(model)


@functools.cache
def _strict(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="validation")
    definitions = schema.pop("$defs", {})
    if set(schema) == {"$ref"}:
        # A model that refers to itself is published as a reference; the vendors want an object at the root.
        schema = dict(definitions[schema["$ref"].rsplit("/", 1)[1]])
    strict_schema = _close(schema, model.__name__)
    if definitions:
        strict_schema["$defs"] = {name: _close(definition, name) for name, definition in definitions.items()}
    return strict_schema


def _close(node: dict[str, Any], where: str) -> dict[str, Any]:
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    if len(node.get("allOf", ())) == 1:
        return _close({**node["allOf"][0], **{key: value for key, value in node.items() if key != "allOf"}}, where)
    closed: dict[str, Any] = {key: node[key] for key in _KEPT if key in node}
    words = [text.format(node[key]) for key, text in _IN_WORDS.items() if key in node]
    if words:
        closed["description"] = "; ".join(filter(None, [node.get("description", "").rstrip("."), *words])) + "."
    choices = node.get("anyOf") or node.get("oneOf")
    if choices:
        closed["anyOf"] = [_close(choice, where) for choice in choices]
        return closed
    kind = node.get("type")
    if kind == "object":
        if node.get("additionalProperties") not in (None, False) or "properties" not in node:
            raise OpenShape(f"{where} has free-form keys. Use a model with fixed fields, or a list of pairs.")
        closed["properties"] = {name: _close(part, f"{where}.{name}") for name, part in node["properties"].items()}
        closed["required"] = list(node["properties"])
        closed["additionalProperties"] = False
    elif kind == "array":
        if "prefixItems" in node or "items" not in node:
            raise OpenShape(f"{where} is a tuple or an untyped list. Use a list of one type or a model.")
        closed["items"] = _close(node["items"], f"{where}[]")
    elif kind is None and "enum" not in node and "const" not in node:
        raise OpenShape(f"{where} has no type.")
    unknown = (
        set(node)
        - _KEPT
        - _DROPPED
        - set(_IN_WORDS)
        - {"properties", "required", "additionalProperties", "items", "anyOf", "oneOf"}
    )
    if unknown:
        raise OpenShape(f"{where} uses {', '.join(sorted(unknown))}, which structured outputs do not know.")
    return closed
