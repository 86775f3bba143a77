"""The ledger of an interview, frozen: the only thing a run works from."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from generation.rules import guarding
from generation.rules.content import Evidence
from ground import clock
from interviews.models import Answer, Conflict, Fact, Interview, Question, Reference, TopicState
from interviews.rules.topics import BY_ID, TOPICS
from llm.guarding import searching
from llm.redaction_keys import redaction_for


def evidence_of(interview: Interview) -> Evidence:
    """What was asked, said, noted, covered and read, with labels as ids. Names and numbers of people are placeholders,
    and so is whatever looks like a secret: a run without a model prints it as it is.

    Records have the shapes of ``generation/schemas``. Raises ``NotSearched``.
    """
    facts = list(interview.facts.select_related("answer", "reference", "superseded_by").order_by("label"))
    states = {state.topic: state for state in interview.topicstates.all()}
    asked = interview.questions.exclude(state=Question.State.WITHDRAWN).order_by("label")
    rows = {
        "title": interview.title,
        "profile": interview.profile,
        "depth": interview.depth,
        "language": interview.language,
        "stakes": interview.stakes,
        "frozen_at": stamp(clock.now()),
        "anchor": interview.anchor,
        "questions": [_question(question) for question in asked],
        "answers": [_answer(answer) for answer in interview.answers.select_related("question").order_by("label")],
        "facts": [_fact(fact) for fact in facts],
        "conflicts": [_conflict(conflict) for conflict in _conflicts(interview)],
        "topics": [_topic(topic.id, states.get(topic.id), facts) for topic in TOPICS],
        "sources": [_source(reference) for reference in interview.references.filter(state="read").order_by("label")],
    }
    with searching():
        return Evidence.model_validate(guarding.ledger(rows, redaction_for(interview.workspace_id)))


def sha256_of(evidence: Evidence) -> str:
    """The hash of the frozen ledger in canonical JSON."""
    canonical = json.dumps(evidence.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def stamp(at: dt.datetime) -> str:
    """ISO 8601 in UTC with seconds and Z."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _question(question: Question) -> dict[str, Any]:
    return {
        "id": question.label,
        "topic": question.topic,
        "asked_at": stamp(question.asked_at),
        "type": question.kind,
        "text": question.text,
        "why": question.why,
        "options": question.options,
        "recommended": question.recommended,
        "triggered_by": question.triggered_by,
        "lint": question.lint,
        "respondent": question.respondent,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.label,
        "q": answer.question.label,
        "topic": answer.question.topic,
        "respondent": answer.respondent,
        "origin": "user",
        "text": answer.shared_text,
        "redactions": [{"kind": span["kind"], "placeholder": span["placeholder"]} for span in answer.redactions],
        "rev": answer.rev,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.label,
        "topic": fact.topic,
        "slot": fact.slot,
        "subject": fact.subject,
        "attribute": fact.attribute,
        "op": fact.op,
        "value": fact.value,
        "unit": fact.unit,
        "origin": fact.origin,
        "source": fact.source,
        "quote": fact.quote,
        "confidence": fact.confidence,
        "status": fact.state,
        "superseded_by": fact.superseded_by.label if fact.superseded_by else None,
        "confirmed_by": fact.confirmed_by,
        "confirmed_at": stamp(fact.confirmed_at) if fact.confirmed_at else None,
        **({"place": fact.place} if fact.place else {}),
    }


def _conflicts(interview: Interview) -> list[Conflict]:
    return list(
        interview.conflicts.select_related("first", "second", "question", "decided_in")
        .prefetch_related("result")
        .order_by("label")
    )


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "id": conflict.label,
        "kind": conflict.kind,
        "facts": [conflict.first.label, conflict.second.label],
        "quotes": [conflict.first.quote, conflict.second.quote],
        "subject": conflict.subject,
        "question": conflict.question.label if conflict.question else None,
        "resolution": conflict.resolution,
        "decided_in": conflict.decided_in.label if conflict.decided_in else None,
        "result": sorted(fact.label for fact in conflict.result.all()),
    }


def _topic(topic: str, state: TopicState | None, facts: list[Fact]) -> dict[str, Any]:
    return {
        "id": topic,
        "topic": BY_ID[topic].topic,
        "weight": BY_ID[topic].weight,
        "state": state.state if state else TopicState.State.EMPTY.value,
        "facts": [fact.label for fact in facts if fact.topic == topic and fact.state == Fact.State.LIVE],
        "note": (state.note or None) if state else None,
        "ref": None,
        "owner": (state.owner or None) if state else None,
        "trigger": (state.trigger or None) if state else None,
    }


def _source(reference: Reference) -> dict[str, Any]:
    return {
        "id": reference.label,
        "name": reference.name,
        "kind": reference.media_type,
        "bytes": reference.size,
        "hash": f"sha256:{reference.sha256}",
        "precedence": reference.precedence,
        **({"wins_over": reference.wins_over} if reference.wins_over else {}),
        **({"pages": reference.pages} if reference.pages else {}),
        "text": reference.text,
    }
