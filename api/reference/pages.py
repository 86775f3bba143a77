"""What the pages show: the operations of one noun, with their parts in words. Made from the description, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.text import slugify

from api.reference import samples
from api.rest.description import ABOUT, TAGS
from api.rest.serving import document
from generation.rules import highlighting, reading

Row = dict[str, Any]
DEEPEST = 4
"""How far into an answer its parts are listed."""


@dataclass(frozen=True)
class Part:
    """A parameter, or a part of a body or answer."""

    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True)
class Sample:
    """A call in one language."""

    language: str
    html: str
    text: str


@dataclass(frozen=True)
class Failure:
    status: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One operation."""

    id: str
    method: str
    place: str
    summary: str
    text: str
    parameters: list[Part]
    body: list[Part]
    status: str
    answered: str
    answer: list[Part]
    example: str
    """Coloured HTML."""
    failures: list[Failure]
    samples: list[Sample]


@dataclass(frozen=True)
class Noun:
    """The operations about one thing."""

    slug: str
    name: str
    text: str
    operations: list[tuple[str, str, str, str]]
    """Id, method, address and summary."""


@cache
def nouns() -> list[Noun]:
    """In the order of the description."""
    rows: dict[str, list[tuple[str, str, str, str]]] = {name: [] for name in TAGS}
    for place, method, operation in operations():
        rows[operation["tags"][0]].append((operation["operationId"], method.upper(), place, operation["summary"]))
    return [Noun(slugify(name), name, TAGS[name], found) for name, found in rows.items()]


def noun(slug: str) -> Noun | None:
    return next((one for one in nouns() if one.slug == slug), None)


def operations() -> Iterator[tuple[str, str, Row]]:
    """Address, method and description of each."""
    for place, item in document()["paths"].items():
        for method, operation in item.items():
            yield place, method, operation


@cache
def about() -> str:
    """The rules that hold for every call, as HTML."""
    return "".join(html for _, html in reading.markdown(ABOUT, "about.md", lambda path: None))


@cache
def entries(slug: str, base: str) -> list[Entry]:
    """The operations of one noun, with calls to the service at ``base``."""
    return [
        _entry(place, method, operation, base)
        for place, method, operation in operations()
        if slugify(operation["tags"][0]) == slug
    ]


def _entry(place: str, method: str, operation: Row, base: str) -> Entry:
    told = document()["components"]
    status, good = next((status, one) for status, one in operation["responses"].items() if status.startswith("2"))
    contents: Row = good.get("content", {})
    media = next(iter(contents), "")
    content: Row = contents.get(media, {})
    call = samples.call_of(place, method, operation, base=base, values={})
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        place=place,
        summary=operation["summary"],
        text=operation["description"],
        parameters=[
            Part(one["name"], _kind(one["schema"]), one["required"], _sentence(one["description"], one["in"]))
            for one in operation["parameters"]
        ],
        body=_body(operation),
        status=status,
        answered=good["description"],
        answer=list(_parts(content.get("schema", {}))) if media == "application/json" else [],
        example=_coloured(content["example"]) if media == "application/json" else "",
        failures=[
            Failure(code, told["responses"][code]["description"]) for code, one in operation["responses"].items() if "$ref" in one
        ],
        samples=[
            Sample(name, highlighting.code(write(call), language), write(call)) for name, language, write in samples.LANGUAGES
        ],
    )


def _body(operation: Row) -> list[Part]:
    content = operation.get("requestBody", {}).get("content", {})
    return list(_parts(content["application/json"]["schema"])) if content else []


def _parts(schema: Row, before: str = "", depth: int = 0) -> Iterator[Part]:
    """The parts of an object, those of its parts after it, with a dot between them and [] where there are many."""
    schema = _resolved(schema)
    required = schema.get("required", [])
    for name, part in schema.get("properties", {}).items():
        here = f"{before}{name}"
        whole = _resolved(part)
        yield Part(here, _kind(whole), name in required, part.get("description") or whole.get("description", ""))
        inner = _resolved(whole.get("items", {}))
        if depth < DEEPEST:
            if inner.get("properties"):
                yield from _parts(inner, f"{here}[].", depth + 1)
            elif whole.get("properties"):
                yield from _parts(whole, f"{here}.", depth + 1)


def _resolved(schema: Row) -> Row:
    """What a reference names; of "this or nothing" the this."""
    found = schema
    while True:
        if "$ref" in found:
            found = document()["components"]["schemas"][found["$ref"].rpartition("/")[2]] | {
                name: value for name, value in found.items() if name != "$ref"
            }
        elif choices := [one for one in found.get("anyOf", []) if one.get("type") != "null"]:
            found = _choice(choices, found)
        else:
            return found


def _choice(choices: list[Row], whole: Row) -> Row:
    rest = {name: value for name, value in whole.items() if name != "anyOf"}
    nullable = {"nullable": True} if len(choices) < len(whole["anyOf"]) else {}
    if len(choices) == 1:
        return choices[0] | rest | nullable
    return {"type": [one.get("type", "") for one in choices]} | rest | nullable


FORMS = {"uuid": "UUID", "date-time": "time", "date": "date"}
WORDS = {"string": "text", "integer": "number", "number": "number", "boolean": "yes or no", "object": "object", "null": "null"}


def _kind(schema: Row) -> str:
    """What a value is, in a word or two."""
    schema = _resolved(schema)
    kind: Any = schema.get("type", "")
    said: str
    if "enum" in schema:
        said = "one of " + ", ".join(map(str, schema["enum"]))
    elif kind == "array":
        said = f"list of {_plural(_kind(schema.get('items', {})))}"
    elif isinstance(kind, list):
        said = " or ".join(dict.fromkeys(str(WORDS.get(one, one)) for one in kind))
    else:
        said = FORMS.get(schema.get("format", "")) or WORDS.get(kind, str(kind))
    if kind == "integer" and {"minimum", "maximum"} <= schema.keys():
        said = f"number, {schema['minimum']} to {schema['maximum']}"
    if "maxLength" in schema:
        said += f", at most {schema['maxLength']:,} letters"
    return f"{said}, or null" if schema.get("nullable") else said


def _plural(word: str) -> str:
    return {"text": "texts", "object": "objects", "UUID": "UUIDs", "number": "numbers"}.get(word, word)


def _sentence(text: str, where: str) -> str:
    return f"{text} In the header." if where == "header" else text


def _coloured(example: Any) -> str:
    return highlighting.coloured(json.dumps(example, ensure_ascii=False, indent=2), "answer.json")
