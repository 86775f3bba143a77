"""What the stub answers: the call's own agent, or something made up from the asked schema; and how the model spoils it."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.wire_stub.asked import Asked
from tests.wire_stub.behaviour import Behaviour

WORDS = [
    "system", "user", "service", "data", "request", "account", "policy", "record", "review", "schedule", "storage", "access",
    "limit", "owner", "report", "export", "queue", "worker", "event", "signal", "audit", "backup", "restore", "session", "screen",
]  # fmt: skip
LONG_TEXTS = ("text", "content", "body", "markdown", "summary")


@dataclass(frozen=True)
class Answer:
    """Neutral: the writers of each vendor put it into their form."""

    text: str
    stop: str = "done"
    """done, length, refusal or filter."""
    tool: tuple[str, str] | None = None
    """Name and arguments of a call that the model makes instead of answering."""

    @property
    def tokens(self) -> int:
        return max(1, (len(self.text.encode()) + 3) // 4)


def spoilt(good: str, fault: str) -> Answer:
    """The answer as a model with this fault would give it."""
    if fault == "invalid_json":
        return Answer(good[: len(good) // 2])
    if fault == "wrong_schema":
        data = json.loads(good)
        data["not_in_the_schema"] = True
        data.pop(next(iter(data)))
        return Answer(json.dumps(data))
    if fault == "fenced":
        return Answer(f"Here is the result:\n\n```json\n{good}\n```\n")
    if fault == "length":
        return Answer(good[: len(good) // 2], stop="length")
    if fault == "bad_args":
        return Answer("", tool=("answer", good[:-1] + ', "broken": '))
    if fault == "unknown_tool":
        return Answer("", tool=("not_a_tool", good))
    if fault in ("refusal", "filter"):
        return Answer("I can't help with that." if fault == "refusal" else "", stop=fault)
    return Answer("" if fault == "empty" else good)


@dataclass
class Maker:
    """Makes up instances of strict schemas: the same request gets the same answer, but for listed values."""

    counters: Counter[str] = field(default_factory=Counter)

    def make(self, asked: Asked, behaviour: Behaviour) -> str:
        luck = random.Random(asked.prompt_sha)
        return json.dumps(self._value(asked.schema, asked.schema, "", behaviour, luck))

    def _value(self, schema: dict[str, Any], root: dict[str, Any], name: str, behaviour: Behaviour, luck: random.Random) -> Any:
        while "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        if name in behaviour.values:
            return self._given(name, behaviour.values[name])
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if "anyOf" in schema:
            options = sorted(schema["anyOf"], key=lambda option: option.get("type") == "null")
            return self._value(options[0], root, name, behaviour, luck)
        kind = schema.get("type")
        if kind == "object":
            return {part: self._value(one, root, part, behaviour, luck) for part, one in schema["properties"].items()}
        if kind == "array":
            return [self._value(schema["items"], root, "", behaviour, luck) for _ in range(behaviour.counts.get(name, 1))]
        if kind == "string":
            return _text(luck, 4 * behaviour.string_tokens if name in LONG_TEXTS else 16)
        return {"integer": 1, "number": 1.5, "boolean": True}.get(str(kind))

    def _given(self, name: str, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        place = self.counters[name]
        self.counters[name] += 1
        return value[min(place, len(value) - 1)]


def by_agent(asked: Asked) -> str:
    """What the rule-based agent of the call answers."""
    # Imported here: a stub that makes its answers up starts without our code.
    from llm.adapters.scripted import agent_reply

    return agent_reply(asked.call, asked.user).model_dump_json()


def _text(luck: random.Random, length: int) -> str:
    words: list[str] = []
    while sum(len(word) + 1 for word in words) < length:
        words.append(luck.choice(WORDS))
    return " ".join(words)[:length]
