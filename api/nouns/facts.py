"""Facts with the words they rest on, and disagreements between two of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import ANYTHING, WRITTEN, Label, Listed, Shape, TopicId, Wish
from interviews.flows import correcting, settling
from interviews.models import Conflict as ConflictRow
from interviews.models import Fact, Interview
from interviews.rules.summarising import noted_line

FactState = Literal["live", "superseded", "rejected"]
Resolution = Literal["first", "second", "both-when"]

_SOURCES = ("answer", "reference", "superseded_by")
BOTH_SIDES = ("first__answer", "first__reference", "second__answer", "second__reference", "decided_in", "question")
"""What a disagreement is shown with."""


class FactShape(Shape):
    """One thing noted, with the verbatim words it rests on."""

    id: uuid.UUID
    label: Label
    topic: TopicId
    slot: str = Field(description="Which part of the topic it fills.", examples=["how often"])
    words: str = Field(description="As one line.", examples=["How often: around 240 calls a day"])
    quote: str = Field(description="The words it rests on, as agents see them.", examples=["around 240 calls a day"])
    source: str = Field(description="Label of the answer or reference that holds the quote; empty for none.", examples=["A-001"])
    origin: Literal["user", "document", "assumption", "default"]
    subject: str
    attribute: str
    op: str | None = Field(description="Of a figure: at most, at least ...", examples=["<="])
    value: float | int | str | None = Field(examples=[240])
    unit: str | None = Field(examples=["calls/day"])
    confidence: float = Field(ge=0, le=1, description="0.4 and below is too vague to build on.", examples=[0.8])
    state: FactState
    superseded_by: str | None = Field(description="Label of the fact that took its place.", examples=[None])
    confirmed_by: str | None
    created_at: dt.datetime


class FactPage(Listed[FactShape]):
    """Facts in the order in which they were noted."""


class Correction(Wish):
    """What is right instead, as a sentence of the owner's own."""

    text: str = Field(min_length=1, max_length=400, pattern=WRITTEN, examples=["Around 300 calls a day, on Mondays 400."])


class Side(Shape):
    """One of two facts that cannot both hold."""

    fact: uuid.UUID
    label: Label
    quote: str
    source: str = Field(description="Label of the answer or reference it stands in.", examples=["A-004"])


class Conflict(Shape):
    """Two facts that cannot both hold. Both voices stay; the one that does not hold is superseded, never deleted."""

    id: uuid.UUID
    label: Label
    interview: uuid.UUID
    kind: Literal["numeric", "scope", "permission", "tradeoff", "text"]
    subject: str
    first: Side
    second: Side
    resolution: Literal["open", "first", "second", "both-when"]
    condition: str = Field(description="When each holds, in the owner's words; only with both-when.", examples=[""])
    question: str | None = Field(description="Label of the question that put the two side by side.", examples=["Q-007"])


class ConflictPage(Listed[Conflict]):
    """Disagreements in the order in which they were found."""


class Settlement(Wish):
    """Which of the two holds. "both-when" needs the sentence that says when each does."""

    resolution: Resolution = Field(examples=["second"])
    text: str = Field(default="", max_length=2_000, pattern=ANYTHING, examples=[""])


def listed(
    caller: Caller,
    interview: uuid.UUID,
    *,
    topic: str | None = None,
    state: FactState | None = None,
    limit: int = asking.USUAL,
    cursor: str | None = None,
) -> FactPage:
    """Facts of one interview, those that are live unless another state is asked for."""
    rows = asking.found(Interview.objects.all(), caller, interview).facts.filter(state=state or Fact.State.LIVE)
    rows = rows.filter(topic=topic) if topic else rows
    items, more = asking.cut(rows.select_related(*_SOURCES), fact_shape, limit=limit, cursor=cursor, newest_first=False)
    return FactPage(items=items, next=more)


def read(caller: Caller, fact: uuid.UUID) -> FactShape:
    """One fact."""
    return fact_shape(asking.found(Fact.objects.select_related(*_SOURCES), caller, fact))


def correct(caller: Caller, fact: uuid.UUID, wish: Correction) -> FactShape:
    """Put a sentence of the owner's own in the place of what was noted. The new fact. Raises ``Conflict``."""
    row = asking.found(Fact.objects.select_related("interview", "answer__question"), caller, fact)
    return read(caller, correcting.correct(row, text=wish.text).pk)


def conflicts(caller: Caller, interview: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> ConflictPage:
    """Disagreements of one interview, settled ones too."""
    rows = asking.found(Interview.objects.all(), caller, interview).conflicts.select_related(*BOTH_SIDES)
    items, more = asking.cut(rows, conflict_shape, limit=limit, cursor=cursor, newest_first=False)
    return ConflictPage(items=items, next=more)


def read_conflict(caller: Caller, conflict: uuid.UUID) -> Conflict:
    """One disagreement."""
    return conflict_shape(asking.found(ConflictRow.objects.select_related(*BOTH_SIDES), caller, conflict))


def settle(caller: Caller, conflict: uuid.UUID, wish: Settlement) -> Conflict:
    """Say which of the two holds. Raises ``BadInput`` for both without a sentence, ``Conflict`` when it is settled."""
    row = asking.found(ConflictRow.objects.select_related("interview", "second"), caller, conflict)
    settling.settle(row, resolution=wish.resolution, text=wish.text)
    return read_conflict(caller, conflict)


def fact_shape(row: Fact) -> FactShape:
    return FactShape(
        **{
            name: getattr(row, name)
            for name in ("id", "label", "topic", "slot", "quote", "source", "origin", "subject", "attribute", "op", "value")
        },
        **{name: getattr(row, name) for name in ("unit", "confidence", "state", "confirmed_by", "created_at")},
        words=noted_line(row.topic, row.slot, row.quote),
        superseded_by=row.superseded_by.label if row.superseded_by else None,
    )


def conflict_shape(row: ConflictRow) -> Conflict:
    return Conflict(
        id=row.pk,
        label=row.label,
        interview=row.interview_id,
        kind=row.kind,
        subject=row.subject,
        first=_side(row.first),
        second=_side(row.second),
        resolution=row.resolution,
        condition=row.decided_in.text if row.decided_in and row.resolution == ConflictRow.Resolution.BOTH else "",
        question=row.question.label if row.question else None,
    )


def _side(fact: Fact) -> Side:
    return Side(fact=fact.pk, label=fact.label, quote=fact.quote, source=fact.source)
