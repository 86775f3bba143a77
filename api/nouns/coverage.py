"""Where each of the 47 topics stands, and the card the owner signs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Shape, TopicId
from interviews.flows import confirming
from interviews.models import Interview, TopicState
from interviews.rules.topics import TOPICS, Topic

AREAS: dict[str, Literal["vision", "requirements", "architecture"]] = {"V": "vision", "R": "requirements", "A": "architecture"}


class TopicShape(Shape):
    """Where one topic stands."""

    id: TopicId
    area: Literal["vision", "requirements", "architecture"]
    name: str = Field(description="In everyday words.", examples=["how fast it answers"])
    weight: int = Field(ge=1, le=5, description="How much a package leans on it.")
    state: Literal["empty", "touched", "partial", "sufficient", "confirmed", "deferred", "n/a", "assumed"]
    missing: list[str] = Field(description="What a sufficient answer would still hold.", examples=[["how often"]])
    note: str = Field(description="Why it does not apply, or what is assumed.", examples=[""])
    owner: str = Field(description="Who decides, where it was put off or is assumed.", examples=[""])
    trigger: str = Field(description="What has to happen first.", examples=[""])


class Coverage(Shape):
    """All topics in order."""

    interview: uuid.UUID
    topics: list[TopicShape]


class Invariant(Shape):
    """What must never or always be."""

    value: str = Field(examples=["Nobody sees the data of another patient"])
    quote: str
    fact: str = Field(description="Label of the fact it rests on.", examples=["F-003"])


class Anchor(Shape):
    """Goal, invariants and non-goals. Signed, every document is held against it."""

    interview: uuid.UUID
    is_signed: bool = Field(description="False: this is how it would be signed now.")
    goal: str
    invariants: list[Invariant]
    non_goals: list[str]
    signed_by: str | None
    signed_at: dt.datetime | None


def read(caller: Caller, interview: uuid.UUID) -> Coverage:
    """Where each topic stands."""
    row = asking.found(Interview.objects.all(), caller, interview)
    states = {state.topic: state for state in row.topicstates.all()}
    return Coverage(interview=row.pk, topics=[_shape(topic, states.get(topic.id)) for topic in TOPICS])


def anchor(caller: Caller, interview: uuid.UUID) -> Anchor:
    """The card as it was signed, else as it would be signed now."""
    row = asking.found(Interview.objects.all(), caller, interview)
    return _card(row, row.anchor or confirming.propose_anchor(row))


def sign(caller: Caller, interview: uuid.UUID) -> Anchor:
    """Sign the card in the owner's name. Raises ``BadInput`` while there is nothing to sign."""
    row = asking.found(Interview.objects.all(), caller, interview)
    return _card(row, confirming.sign_anchor(row, by=str(caller.user)))


def _shape(topic: Topic, state: TopicState | None) -> TopicShape:
    return TopicShape(
        id=topic.id,
        area=AREAS[topic.area],
        name=topic.name,
        weight=topic.weight,
        state=state.state if state else "empty",
        missing=[str(slot) for slot in state.missing] if state else list(topic.slots),
        note=state.note if state else "",
        owner=state.owner if state else "",
        trigger=state.trigger if state else "",
    )


def _card(row: Interview, card: dict[str, Any]) -> Anchor:
    return Anchor(
        interview=row.pk,
        is_signed=bool(card.get("signed_at")),
        goal=card["goal"],
        invariants=[Invariant(value=one["value"], quote=one["quote"], fact=one["fact"]) for one in card["invariants"]],
        non_goals=card["non_goals"],
        signed_by=card.get("signed_by"),
        signed_at=card.get("signed_at"),
    )
