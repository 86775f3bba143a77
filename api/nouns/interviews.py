"""Interviews: begun, read, stopped, taken up again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery
from pydantic import Field

from accounts.models import OwnedQuerySet
from api.nouns import asking, questions
from api.nouns.asking import Caller
from api.nouns.facts import BOTH_SIDES, Conflict, conflict_shape
from api.nouns.shapes import ANYTHING, WRITTEN, Listed, Shape, TopicId, Wish
from interviews.flows import closing, opening, recording
from interviews.models import Answer, Interview, Question, TopicState
from interviews.models import Conflict as ConflictRow
from interviews.rules.topics import BY_ID

Status = Literal["question", "reading", "trouble", "finished", "closed"]
State = Literal["open", "reading", "closed"]
Profile = Literal["lean", "standard", "regulated"]
Depth = Literal["quick", "standard", "thorough"]

_LOOKS = {
    "settled": ("sufficient", "confirmed", "n/a"),
    "half": ("touched", "partial"),
    "later": ("deferred", "assumed"),
    "open": ("empty",),
}


class TopicCounts(Shape):
    """How many of the 47 topics stand where."""

    settled: int = Field(description="Enough is known, or the topic does not apply.", examples=[19])
    half: int = Field(description="Something is known, a part is missing.", examples=[6])
    later: int = Field(description="Put off, or assumed.", examples=[4])
    open: int = Field(description="Nothing is known.", examples=[18])


class InterviewShape(Shape):
    """One project's interview as lists show it."""

    id: uuid.UUID
    title: str = Field(examples=["Front desk of a clinic"])
    status: Status = Field(
        description="question: one waits for an answer. reading: the last answer is being read. trouble: the reply did not come, "
        "see trouble. finished: nothing is left to ask. closed: it can be written.",
        examples=["question"],
    )
    state: State = Field(description="What is stored; status says more.", examples=["open"])
    profile: Profile
    depth: Depth = Field(description="About 10, 25 or 50 questions.", examples=["standard"])
    stakes: str = Field(description="hobby, internal, launch or regulated; empty while nobody said.", examples=["internal"])
    trouble: str = Field(description="Why the last reply did not come, in a sentence; empty when all is well.", examples=[""])
    topics: TopicCounts
    is_signed: bool = Field(description="Whether its owner signed the anchor.")
    created_at: dt.datetime
    last_answer_at: dt.datetime | None
    closed_at: dt.datetime | None
    closed_because: str = Field(examples=["You stopped here."])


class InterviewPage(Listed[InterviewShape]):
    """Interviews, the newest first."""


class Assumed(Shape):
    """What will be assumed about a topic of which nothing firm is known."""

    topic: TopicId
    name: str = Field(description="The topic in everyday words.", examples=["how fast it answers"])
    default: str = Field(examples=["Two seconds are fast enough for every page."])
    consequence: str = Field(description="What follows if this is wrong.")
    owner: str = Field(description="Who would know.", examples=["owner"])


class AssumptionList(Shape):
    """What will be assumed, the weightiest first."""

    interview: uuid.UUID
    items: list[Assumed]


class PutOff(Shape):
    """A decision that somebody makes later."""

    topic: TopicId
    name: str
    owner: str = Field(description="Who decides.", examples=["Head of the practice"])
    trigger: str = Field(description="What has to happen first.", examples=["after the pilot"])


class InterviewDetail(InterviewShape):
    """One interview with what is incomplete about it."""

    question: questions.QuestionShape | None = Field(description="The question that waits for an answer.")
    draft: str = Field(description="What was typed on the page and not sent.", examples=[""])
    assumptions: list[Assumed] = Field(description="What would be assumed if it were closed now.")
    open_questions: list[PutOff] = Field(description="Decisions that were put off.")
    conflicts: list[Conflict] = Field(description="Disagreements that nobody settled yet.")


class NewInterview(Wish):
    """What an interview begins with."""

    title: str = Field(
        min_length=1, max_length=120, pattern=WRITTEN, description="Name of the project.", examples=["Front desk of a clinic"]
    )
    profile: Profile = "lean"
    depth: Depth = "standard"


class Draft(Shape):
    """What is typed and not sent."""

    text: str


class NewDraft(Wish):
    """What is typed and not sent. Secrets are replaced before it is kept."""

    text: str = Field(max_length=40_000, pattern=ANYTHING, examples=["Patients book online, and "])


def listed(caller: Caller, *, state: State | None = None, limit: int = asking.USUAL, cursor: str | None = None) -> InterviewPage:
    """Interviews of the account, the newest first."""
    rows = _counted().visible_to(caller.user)
    if state:
        rows = rows.filter(state=state)
    items, more = asking.cut(rows, _shape, limit=limit, cursor=cursor)
    return InterviewPage(items=items, next=more)


def begin(caller: Caller, wish: NewInterview) -> InterviewDetail:
    """Begin an interview; its first question waits at once."""
    row = opening.open_interview(workspace=caller.workspace, title=wish.title, profile=wish.profile, depth=wish.depth)
    return read(caller, row.pk)


def read(caller: Caller, interview: uuid.UUID) -> InterviewDetail:
    """One interview with its open question, assumptions, decisions put off and open conflicts."""
    row = asking.found(_counted(), caller, interview)
    waiting = row.questions.filter(state=Question.State.OPEN).first()
    put_off = row.topicstates.filter(state=TopicState.State.DEFERRED).order_by("topic")
    conflicts = row.conflicts.filter(resolution=ConflictRow.Resolution.OPEN).order_by("label")
    return InterviewDetail(
        **_fields(row),
        question=questions.question_shape(waiting) if waiting else None,
        draft=row.draft,
        assumptions=_assumed(row),
        open_questions=[
            PutOff(topic=state.topic, name=BY_ID[state.topic].name, owner=state.owner, trigger=state.trigger) for state in put_off
        ],
        conflicts=[conflict_shape(one) for one in conflicts.select_related(*BOTH_SIDES)],
    )


def assumptions(caller: Caller, interview: uuid.UUID) -> AssumptionList:
    """What is assumed now, or would be if the interview were closed."""
    row = _interview(caller, interview)
    return AssumptionList(interview=row.pk, items=_assumed(row))


def draft(caller: Caller, interview: uuid.UUID) -> Draft:
    """What was typed on the page and not sent."""
    return Draft(text=_interview(caller, interview).draft)


def keep_draft(caller: Caller, interview: uuid.UUID, wish: NewDraft) -> Draft:
    """Keep what is being typed; the page of the interview shows it."""
    recording.keep_draft(_interview(caller, interview), wish.text)
    return draft(caller, interview)


def close(caller: Caller, interview: uuid.UUID) -> InterviewDetail:
    """Stop here: what nothing firm is known about is assumed. Raises ``BadInput`` before the first answer, ``Conflict``."""
    closing.close(_interview(caller, interview), because="You stopped here.")
    return read(caller, interview)


def reopen(caller: Caller, interview: uuid.UUID) -> InterviewDetail:
    """Take it up again; the next question is worked out. Raises ``Conflict``."""
    closing.reopen(_interview(caller, interview))
    return read(caller, interview)


def _interview(caller: Caller, interview: uuid.UUID) -> Interview:
    return asking.found(Interview.objects.all(), caller, interview)


def _counted() -> OwnedQuerySet[Interview]:
    """With what a list tells of each, in one statement."""
    waiting = Question.objects.filter(interview=OuterRef("pk"), state=Question.State.OPEN)
    last = Answer.objects.filter(interview=OuterRef("pk")).order_by().values("interview").annotate(at=Max("created_at"))
    counts = {f"topics_{look}": Count("topicstates", filter=Q(topicstates__state__in=states)) for look, states in _LOOKS.items()}
    counted: Any = Interview.objects.annotate(is_waiting=Exists(waiting), last_answer_at=Subquery(last.values("at")), **counts)
    rows: OwnedQuerySet[Interview] = counted
    return rows


def _shape(row: Interview) -> InterviewShape:
    return InterviewShape(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    """``row`` is one of ``_counted``."""
    names = ("id", "title", "state", "profile", "depth", "stakes", "trouble", "created_at", "last_answer_at", "closed_at")
    return {name: getattr(row, name) for name in (*names, "closed_because")} | {
        "status": _status(row),
        "is_signed": row.anchor is not None,
        "topics": TopicCounts(**{look: getattr(row, f"topics_{look}") for look in _LOOKS}),
    }


def _status(row: Any) -> Status:
    if not row.is_open:
        return "closed"
    if row.trouble:
        return "trouble"
    if row.state == Interview.State.READING:
        return "reading"
    return "question" if row.is_waiting else "finished"


def _assumed(row: Interview) -> list[Assumed]:
    """What closing would assume, or for a closed interview what it did assume."""
    if row.is_open:
        found = closing.what_will_be_assumed(row)
        return [
            Assumed(topic=one.topic, name=one.name, default=one.default, consequence=one.consequence, owner=one.owner)
            for one in found
        ]
    states = row.topicstates.filter(state=TopicState.State.ASSUMED)
    topics = sorted((BY_ID[state.topic] for state in states), key=lambda topic: -topic.weight)
    return [
        Assumed(
            topic=topic.id,
            name=topic.name,
            default=topic.default.text,
            consequence=topic.default.consequence,
            owner=topic.default.owner,
        )
        for topic in topics
    ]
