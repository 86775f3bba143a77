"""Questions and answers: what is asked next, what is said, what is passed over."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.facts import FactShape, fact_shape
from api.nouns.shapes import ANYTHING, WRITTEN, Label, Listed, Shape, TopicId, Wish
from interviews.flows import answering
from interviews.models import Answer, Fact, Interview, Question

QuestionState = Literal["open", "answered", "unknown", "deferred", "withdrawn"]


class Choice(Shape):
    """A suggested answer."""

    text: str = Field(examples=["Within a second"])
    note: str = Field(description="What follows from it.", examples=["Usual for a desk with people waiting."])


class Offer(Shape):
    """What the first "I don't know" was answered with. A second one assumes the default and goes on."""

    example: str
    default: str
    consequence: str = Field(description="What follows if the default is wrong.")


class QuestionShape(Shape):
    """One question as it was asked."""

    id: uuid.UUID
    label: Label
    interview: uuid.UUID
    topic: TopicId
    kind: Literal["open", "options", "ranking", "number"]
    text: str = Field(examples=["How many calls come in on a usual day?"])
    why: str = Field(description="Why it is asked.", examples=["It decides how fast the list must be."])
    options: list[Choice] = Field(description="Suggested answers; any other words are as good.")
    recommended: str | None = Field(description="The usual choice among the options.", examples=[None])
    offer: Offer | None
    state: QuestionState
    asked_at: dt.datetime


class AnswerShape(Shape):
    """What was said to a question, word for word, without secrets."""

    id: uuid.UUID
    label: Label
    question: Label
    text: str = Field(description="As the owner reads it.", examples=["Around 240 calls a day. Ask Ms Sommer."])
    shared_text: str = Field(
        description="As agents and packages see it: personal names, phone numbers and addresses are replaced. Quotes of facts "
        "stand in it word for word.",
        examples=["Around 240 calls a day. Ask [PERSON-1]."],
    )
    respondent: str = Field(examples=["owner"])
    secrets_removed: dict[str, int] = Field(
        description="Kinds of secrets that were replaced before storing, and how many.", examples=[{}]
    )
    is_read: bool = Field(description="Whether its facts were noted.")
    facts: list[FactShape] = Field(description="Live facts that were noted from it.")
    created_at: dt.datetime


class Turn(Shape):
    """One question with what was said to it."""

    question: QuestionShape
    answers: list[AnswerShape]


class TurnPage(Listed[Turn]):
    """Turns in the order in which they were asked."""


class Next(Shape):
    """What is up next in an interview."""

    interview: uuid.UUID
    status: Literal["question", "reading", "trouble", "finished", "closed"] = Field(
        description="question: it is here. reading: the last answer is being read; ask again in a second. trouble: the reply did "
        "not come; ask for it again. finished: nothing is left to ask; close it. closed: it can be written.",
        examples=["question"],
    )
    question: QuestionShape | None
    trouble: str = Field(examples=[""])


class NewAnswer(Wish):
    """What is said to the open question."""

    question: uuid.UUID = Field(description="Id of the open question: an answer to one that was answered meanwhile is refused.")
    text: str = Field(
        min_length=1, max_length=40_000, pattern=WRITTEN, examples=["Around 240 calls a day, most of them before noon."]
    )
    client_id: str = Field(
        default="",
        max_length=40,
        pattern=ANYTHING,
        description="Made by the sender: the same answer sent twice under one client_id is stored once.",
        examples=["7f2c1d6e"],
    )


class Later(Wish):
    """Who decides, and what has to happen first."""

    owner: str = Field(min_length=1, max_length=80, pattern=WRITTEN, examples=["Head of the practice"])
    trigger: str = Field(min_length=1, max_length=120, pattern=WRITTEN, examples=["after the pilot"])


class NewAssumption(Wish):
    """What holds instead of what would be assumed about a topic."""

    topic: TopicId
    text: str = Field(min_length=1, max_length=4_000, pattern=WRITTEN, examples=["Every page within one second."])


def following(caller: Caller, interview: uuid.UUID) -> Next:
    """The question that waits, or why there is none."""
    row = asking.found(Interview.objects.all(), caller, interview)
    waiting = row.questions.filter(state=Question.State.OPEN).first()
    status: Any = "question" if waiting else "finished"
    if not row.is_open:
        status = "closed"
    elif row.state == Interview.State.READING:
        status = "reading"
    elif row.trouble:
        status = "trouble"
    shape = question_shape(waiting) if waiting and status in ("question", "trouble") else None
    return Next(interview=row.pk, status=status, question=shape, trouble=row.trouble)


def read(caller: Caller, question: uuid.UUID) -> QuestionShape:
    """One question as it stands."""
    return question_shape(asking.found(Question.objects.all(), caller, question))


def turns(caller: Caller, interview: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> TurnPage:
    """Questions in the order asked, each with what was said and noted."""
    row = asking.found(Interview.objects.all(), caller, interview)
    asked, more = asking.cut(row.questions.all(), lambda one: one, limit=limit, cursor=cursor, newest_first=False)
    said: dict[uuid.UUID, list[AnswerShape]] = {}
    for answer in row.answers.filter(question__in=asked).select_related("question").order_by("label").prefetch_related("facts"):
        said.setdefault(answer.question_id, []).append(answer_shape(answer))
    return TurnPage(items=[Turn(question=question_shape(one), answers=said.get(one.pk, [])) for one in asked], next=more)


def read_answer(caller: Caller, answer: uuid.UUID) -> AnswerShape:
    """One answer with what was noted from it."""
    return answer_shape(asking.found(Answer.objects.select_related("question"), caller, answer))


def answer(caller: Caller, interview: uuid.UUID, wish: NewAnswer) -> AnswerShape:
    """Store what is said; the reply is worked out after it. Raises ``Conflict`` for a question that is no longer open."""
    row = asking.found(Interview.objects.all(), caller, interview)
    question = row.questions.filter(pk=wish.question).first()
    if question is None:
        raise asking.NotFound("This interview has no such question. Ask for the next one and answer that.")
    return read_answer(caller, answering.answer(question, text=wish.text, client_id=wish.client_id).pk)


def do_not_know(caller: Caller, question: uuid.UUID) -> QuestionShape:
    """The first time it offers an example and a default, the second time it assumes the default. Raises ``Conflict``."""
    answering.do_not_know(asking.found(Question.objects.select_related("interview"), caller, question))
    return read(caller, question)


def decide_later(caller: Caller, question: uuid.UUID, wish: Later) -> QuestionShape:
    """Put the decision off, with who decides and what has to happen first. Raises ``Conflict``."""
    row = asking.found(Question.objects.select_related("interview"), caller, question)
    answering.decide_later(row, owner=wish.owner, trigger=wish.trigger)
    return read(caller, question)


def ask_again(caller: Caller, interview: uuid.UUID) -> Next:
    """Have the reply worked out again, after it did not come, or be asked on where no question is open."""
    answering.ask_on(asking.found(Interview.objects.all(), caller, interview))
    return following(caller, interview)


def stop_reply(caller: Caller, interview: uuid.UUID) -> Next:
    """Leave the reply that is being worked out; what was said and noted stays."""
    answering.stop_reply(asking.found(Interview.objects.all(), caller, interview))
    return following(caller, interview)


def correct_assumption(caller: Caller, interview: uuid.UUID, wish: NewAssumption) -> AnswerShape:
    """Say what holds instead of what would be assumed. Raises ``BadInput`` for an unknown topic."""
    row = asking.found(Interview.objects.select_related("workspace"), caller, interview)
    return read_answer(caller, answering.say_about(row, topic=wish.topic, text=wish.text).pk)


def question_shape(row: Question) -> QuestionShape:
    offered = row.offered or {}
    return QuestionShape(
        **{
            name: getattr(row, name)
            for name in ("id", "label", "topic", "kind", "text", "why", "recommended", "state", "asked_at")
        },
        interview=row.interview_id,
        options=[_choice(option) for option in row.options or []],
        offer=Offer(**{name: str(offered.get(name, "")) for name in ("example", "default", "consequence")}) if offered else None,
    )


def answer_shape(row: Answer) -> AnswerShape:
    return AnswerShape(
        **{
            name: getattr(row, name)
            for name in ("id", "label", "text", "shared_text", "respondent", "secrets_removed", "created_at")
        },
        question=row.question.label,
        is_read=row.read_at is not None,
        facts=[_noted(fact, row) for fact in row.facts.all() if fact.state == Fact.State.LIVE],
    )


def _noted(fact: Fact, said: Answer) -> FactShape:
    fact.answer = said  # it is known whose fact it is; asking again would be a query per fact
    return fact_shape(fact)


def _choice(option: Any) -> Choice:
    if not isinstance(option, dict):
        return Choice(text=str(option), note="")
    return Choice(
        text=str(option.get("text") or option.get("label") or ""), note=str(option.get("note") or option.get("consequence") or "")
    )
