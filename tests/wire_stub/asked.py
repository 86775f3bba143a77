"""Requests, read as strictly as the vendors read them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.wire_stub.records import sha

ANTHROPIC_FIELDS = {"model", "max_tokens", "messages", "system", "output_config", "stream"}
OPENAI_FIELDS = {
    "model", "input", "instructions", "max_output_tokens", "text", "store", "stream", "background", "prompt_cache_key",
    "prompt_cache_options",
}  # fmt: skip
MOST_MARKS = 4
LONGEST_NAME = 64
LEAST_OUTPUT = 16


class Wrong(Exception):
    """The request breaks the vendor's rules; the text goes back as its 400."""


@dataclass
class Asked:
    """One request in neutral form."""

    api: str
    model: str
    call: str
    """Title of the asked schema."""
    schema: dict[str, Any]
    user: str
    """The first message of the user, its blocks put together."""
    text: str
    """Everything that was said, for conditions on it."""
    max_tokens: int
    stream: bool
    background: bool = False
    blocks: list[str] = field(default_factory=list)
    """In the order in which the vendor's cache sees them, without marks."""
    marks: list[int] | None = None
    """Numbers of the marked blocks; None for the vendor that needs no marks."""

    @property
    def prompt_sha(self) -> str:
        return sha(self.model + "\x00" + json.dumps(self.schema, sort_keys=True) + "\x00" + "\x00".join(self.blocks))[:32]


def need(condition: object, said: str) -> None:
    """Raises ``Wrong`` where a condition of the vendor does not hold."""
    if not condition:
        raise Wrong(said)


def read_body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        raise Wrong("We could not parse the JSON body of your request.") from None
    need(isinstance(body, dict), "The body must be an object.")
    return dict(body)


def read_anthropic(body: dict[str, Any], headers: dict[str, str]) -> Asked:
    """A request for ``POST /v1/messages``."""
    need(re.fullmatch(r"\d{4}-\d\d-\d\d", headers.get("anthropic-version", "")), "anthropic-version header is required.")
    need(set(body) <= ANTHROPIC_FIELDS, f"Extra inputs are not permitted: {sorted(set(body) - ANTHROPIC_FIELDS)}.")
    need(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "max_tokens: field required.")
    need(isinstance(body.get("model"), str) and body["model"].startswith("claude-"), "model: field required.")
    form = body.get("output_config", {}).get("format", {})
    need(
        form.get("type") == "json_schema" and set(form) == {"type", "schema"}, "output_config.format: a JSON schema is required."
    )
    check_strict(form["schema"])
    blocks: list[str] = []
    marks: list[int] = []

    def note(role: str, block: dict[str, Any]) -> str:
        need(block.get("type") == "text" and set(block) <= {"type", "text", "cache_control"}, f"{role}: not a text block.")
        need(isinstance(block.get("text"), str) and block["text"].strip(), f"{role}: text content blocks must be non-empty.")
        if "cache_control" in block:
            mark = block["cache_control"]
            need(mark in ({"type": "ephemeral"}, {"type": "ephemeral", "ttl": "5m"}), f"{role}: cache_control is not valid.")
            marks.append(len(blocks))
        blocks.append(_canonical([role, block["text"]]))
        return str(block["text"])

    system = body.get("system", [])
    said = [note("system", block) for block in ([{"type": "text", "text": system}] if isinstance(system, str) else system)]
    turns = _turns(body.get("messages"), note, kinds={"user": "text", "assistant": "text"})
    need(len(marks) <= MOST_MARKS, f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    return Asked(
        api="anthropic",
        model=body["model"],
        call=form["schema"]["title"],
        schema=form["schema"],
        user=turns[0],
        text="\n".join([*said, *turns]),
        max_tokens=body["max_tokens"],
        stream=body.get("stream") is True,
        blocks=blocks,
        marks=marks,
    )


def read_openai(body: dict[str, Any], headers: dict[str, str]) -> Asked:
    """A request for ``POST /v1/responses``."""
    need(set(body) <= OPENAI_FIELDS, f"Unknown parameter: {sorted(set(body) - OPENAI_FIELDS)}.")
    need(isinstance(body.get("model"), str) and body["model"], "Missing required parameter: model.")
    need(isinstance(body.get("instructions"), str), "instructions must be a string.")
    background = body.get("background", False)
    need(background in (True, False), "background must be a boolean.")
    need(body.get("store") is background, "Nothing is stored but background responses, and these have to be.")
    need(not (background and body.get("stream")), "This test account does not stream background responses.")
    need(isinstance(body.get("max_output_tokens"), int), "max_output_tokens must be an integer.")
    need(body["max_output_tokens"] >= LEAST_OUTPUT, "max_output_tokens is too small.")
    key = body.get("prompt_cache_key", "")
    need(isinstance(key, str) and len(key) <= LONGEST_NAME, "prompt_cache_key must be a text of at most 64 characters.")
    form = body.get("text", {}).get("format", {})
    need(form.get("type") == "json_schema" and form.get("strict") is True, "text.format: a strict JSON schema is required.")
    need(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", form.get("name", "")), "text.format.name is invalid.")
    check_strict(form["schema"])
    options = body.get("prompt_cache_options", {"mode": "implicit"})
    need(options in ({"mode": "implicit"}, {"mode": "explicit"}), "prompt_cache_options.mode must be implicit or explicit.")
    need("prompt_cache_options" not in body or body["model"].startswith("gpt-5.6"), "This model has no prompt_cache_options.")
    blocks = [_canonical(form), _canonical(["system", body["instructions"]])]
    marks: list[int] = []

    def note(role: str, block: dict[str, Any]) -> str:
        point = block.get("prompt_cache_breakpoint", {"mode": "explicit"})
        need(set(block) - {"prompt_cache_breakpoint"} == {"type", "text"}, f"{role}: not a text block.")
        need(isinstance(block["text"], str) and block["text"].strip(), f"{role}: text must not be empty.")
        need(point == {"mode": "explicit"}, f"{role}: prompt_cache_breakpoint.mode must be explicit.")
        blocks.append(_canonical([role, block["text"]]))
        if "prompt_cache_breakpoint" in block:
            marks.append(len(blocks) - 1)
        return str(block["text"])

    turns = _turns(body.get("input"), note, kinds={"user": "input_text", "assistant": "output_text"})
    need(len(marks) <= MOST_MARKS, "At most four breakpoints.")
    return Asked(
        api="openai-responses",
        model=body["model"],
        call=form["schema"]["title"],
        schema=form["schema"],
        user=turns[0],
        text="\n".join([body["instructions"], *turns]),
        max_tokens=body["max_output_tokens"],
        stream=body.get("stream") is True,
        background=background,
        blocks=blocks,
        marks=marks if options["mode"] == "explicit" else None,
    )


def _turns(turns: Any, note: Any, *, kinds: dict[str, str]) -> list[str]:
    need(isinstance(turns, list) and turns, "messages: at least one message is required.")
    said = []
    for number, turn in enumerate(turns):
        role = ("user", "assistant")[number % 2]
        need(
            isinstance(turn, dict) and set(turn) - {"type"} == {"role", "content"} and turn["role"] == role,
            f"messages[{number}]: roles must alternate and begin with user.",
        )
        content = turn["content"]
        parts = [{"type": kinds[role], "text": content}] if isinstance(content, str) else content
        need(isinstance(parts, list) and parts, f"messages[{number}]: content must not be empty.")
        for part in parts:
            need(isinstance(part, dict) and part.get("type") == kinds[role], f"messages[{number}]: not a {kinds[role]} block.")
        said.append("".join(note(role, part) for part in parts))
    need(turns[-1]["role"] == "user", "messages: the last message must be the user's.")
    return said


_NOT_TAKEN = frozenset(
    ("default", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "format", "oneOf", "allOf")
)


def check_strict(schema: Any, where: str = "$") -> None:
    """What both vendors' strict mode asks of a schema. Raises ``Wrong`` with the place."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            check_strict(part, f"{where}[{number}]")
    if not isinstance(schema, dict):
        return
    need(not set(schema) & _NOT_TAKEN, f"{where}: {sorted(set(schema) & _NOT_TAKEN)} is not permitted in structured outputs.")
    need("$ref" not in schema or set(schema) == {"$ref"}, f"{where}: $ref cannot have siblings.")
    if schema.get("type") == "object":
        need(schema.get("additionalProperties") is False, f"{where}: additionalProperties must be false.")
        need(schema.get("required") == list(schema.get("properties", {})), f"{where}: every property must be required.")
    for key in ("properties", "$defs"):
        for name, part in schema.get(key, {}).items():
            check_strict(part, f"{where}.{name}")
    for key in ("items", "anyOf"):
        check_strict(schema.get(key), f"{where}.{key}")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
