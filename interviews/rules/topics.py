"""The topic model: 47 topics, what a sufficient answer to each contains, and what is assumed without one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

HERE = Path(__file__).resolve().parent.parent
Kind = Literal["open", "number", "ranking", "options"]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(Closed):
    """One thing a sufficient answer contains, with the plain question that asks for it."""

    question: str
    why: str
    kind: Kind


class Default(Closed):
    """What is assumed when nobody answers."""

    text: str
    consequence: str
    """What follows if the assumption is wrong."""
    owner: str


class Option(Closed):
    text: str
    note: str


class Topic(Closed):
    id: str = Field(pattern=r"^(V([1-9]|10)|R([1-9]|1\d|2[0-2])|A([1-9]|1[0-5]))$")
    topic: str
    """Its technical name, as in coverage.json."""
    name: str
    """Its everyday name, as on the coverage list."""
    weight: int = Field(ge=1, le=5)
    feeds: tuple[str, ...]
    slots: dict[str, Slot]
    example: str
    default: Default
    material_if: tuple[str, ...] = ()
    """The topic matters only when one of these words was said; without any it always matters."""
    options: tuple[Option, ...] = ()
    recommend: str = ""

    @field_validator("slots", mode="before")
    @classmethod
    def _slots(cls, value: dict[str, list[str]]) -> dict[str, Any]:
        return {name: dict(zip(("question", "why", "kind"), parts, strict=True)) for name, parts in value.items()}

    @field_validator("default", mode="before")
    @classmethod
    def _default(cls, value: list[str]) -> dict[str, str]:
        return dict(zip(("text", "consequence", "owner"), value, strict=True))

    @field_validator("options", mode="before")
    @classmethod
    def _options(cls, value: list[list[str]]) -> list[dict[str, str]]:
        return [dict(zip(("text", "note"), parts, strict=True)) for parts in value]

    @field_validator("material_if", mode="before")
    @classmethod
    def _material_if(cls, value: dict[str, list[str]]) -> list[str]:
        return value["any"]

    @property
    def area(self) -> str:
        """V vision, R requirements, A architecture."""
        return self.id[0]


class Lexicon(Closed):
    language: str
    hedges: tuple[str, ...]
    vague: tuple[str, ...]
    sweeping: tuple[str, ...]
    open_ends: tuple[str, ...]
    unknown: tuple[str, ...]
    later: tuple[str, ...]
    same: tuple[tuple[str, ...], ...]
    numbers: dict[str, int]
    common: frozenset[str]
    pronouns: frozenset[str]
    tense: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def _read() -> tuple[Topic, ...]:
    held = yaml.safe_load((HERE / "topics.yaml").read_text("utf-8"))
    return tuple(Topic.model_validate(entry) for entry in held["topics"])


TOPICS = _read()
BY_ID = {topic.id: topic for topic in TOPICS}


@cache
def lexicon() -> Lexicon:
    """The word lists of English, so far the one language."""
    return Lexicon.model_validate(yaml.safe_load((HERE / "lexicon.yaml").read_text("utf-8")))


def is_material(topic: Topic, said: str) -> bool:
    """True when the topic matters for what was said (``said`` is all of it in lower case)."""
    return not topic.material_if or any(re.search(rf"\b{re.escape(word.lower())}", said) for word in topic.material_if)
