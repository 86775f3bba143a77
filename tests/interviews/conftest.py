"""An interview to speak in, a purse without a limit, and the three samples as they are interviewed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction

from accounts.models import User
from billing.purses import UnmeteredPurse
from interviews.flows import answering, opening, referencing, rehearsing
from interviews.flows.recalling import ledger_of, open_question
from interviews.models import Answer, Interview, Question
from interviews.rules.ledger import Ledger
from llm.models import ModelCall

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ("clinic", "dose-pump", "energy-report")


@pytest.fixture
def purse(alice: User) -> UnmeteredPurse:
    return UnmeteredPurse(alice.workspace.pk)


@pytest.fixture
def interview(alice: User) -> Interview:
    return opening.open_interview(workspace=alice.workspace, title="Clinic booking desk")


Say = Callable[..., Answer]


@pytest.fixture
def say(interview: Interview, purse: UnmeteredPurse) -> Say:
    """Say something to the open question, or to a question put about ``topic``, and have it read at once."""

    def said(text: str, *, topic: str = "", slot: str = "") -> Answer:
        if topic:
            question: Question | None = answering.put_question(
                interview,
                topic,
                slot,
                text=f"What about {topic.lower()} {slot}?",
                why="It matters.",
                triggered_by=f"topic:{topic}:x",
            )
        else:
            question = open_question(interview)
        assert question is not None
        with transaction.atomic():
            answer = answering.store_answer(question, text=text)
        answering.reply_now(interview, purse=purse)
        interview.refresh_from_db()
        return Answer.objects.get(pk=answer.pk)

    return said


@dataclass(frozen=True)
class Rehearsed:
    """What one sample left behind, as plain values."""

    held: dict[str, Any]
    ledger: Ledger
    questions: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    shared: dict[str, str]
    facts: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    topics: dict[str, str]
    anchor: dict[str, Any]
    agents: set[str]
    """The calls that were asked of agents."""


_done: dict[str, Rehearsed] = {}


@pytest.fixture(params=NAMES)
def rehearsed(request: pytest.FixtureRequest, alice: User, purse: UnmeteredPurse) -> Rehearsed:
    """A sample after its interview; each is held once for all tests."""
    return rehearse(request.param, alice, purse)


def rehearse(name: str, alice: User, purse: UnmeteredPurse) -> Rehearsed:
    if name not in _done:
        held = yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))
        interview = opening.open_interview(
            workspace=alice.workspace, title=held["title"], profile=held["profile"], depth=held["depth"]
        )
        for path in held["references"]:
            referencing.add_reference(interview, name=path, data=(SAMPLES / path).read_bytes())
        answers = [(entry["topic"], entry["text"]) for entry in held["answers"]]
        rehearsing.rehearse(interview, answers, brief=held["brief"], purse=purse)
        interview.refresh_from_db()
        _done[name] = Rehearsed(
            held=held,
            ledger=ledger_of(interview),
            questions=[dict(row) for row in interview.questions.order_by("label").values()],
            answers=[dict(row) for row in interview.answers.order_by("label").values()],
            shared={answer.label: answer.shared_text for answer in interview.answers.all()}
            | {reference.label: reference.text for reference in interview.references.all()},
            facts=[
                {
                    "label": fact.label,
                    "quote": fact.quote,
                    "source": fact.source,
                    "state": fact.state,
                    "topic": fact.topic,
                    "slot": fact.slot,
                }
                for fact in interview.facts.order_by("label")
            ],
            conflicts=[
                {
                    "quotes": {conflict.first.quote, conflict.second.quote},
                    "resolution": conflict.resolution,
                    "loser": {fact.quote for fact in (conflict.first, conflict.second) if fact.state == "superseded"},
                    "decided": conflict.decided_in is not None,
                }
                for conflict in interview.conflicts.select_related("first", "second")
            ],
            topics=dict(interview.topicstates.values_list("topic", "state")),
            anchor=interview.anchor or {},
            agents=set(ModelCall.objects.values_list("call", flat=True)),
        )
    return _done[name]
