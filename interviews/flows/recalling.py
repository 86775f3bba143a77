"""Rows become the plain ledger that the rules decide on."""

from __future__ import annotations

from uuid import UUID

from django.db.models.functions import Length

from ground.models import LogEntry
from interviews.models import Conflict, Fact, Interview, Question, TopicState
from interviews.rules.choosing import BUDGET
from interviews.rules.ledger import Asked, Dispute, Ledger, Noted, Paper, Said

START = "V1"


def ledger_of(interview: Interview) -> Ledger:
    """What the interview holds now."""
    questions = {question.pk: question for question in interview.questions.all()}
    facts = list(interview.facts.order_by(Length("label"), "label"))
    answers = list(interview.answers.order_by("label"))
    references = [reference for reference in interview.references.order_by("label") if reference.has_text]
    sources: dict[UUID | None, str] = {holder.pk: holder.label for holder in (*answers, *references)} | {None: ""}
    noted = {fact.pk: noted_of(fact, sources[fact.answer_id or fact.reference_id]) for fact in facts}
    said = [
        Said(answer.label, questions[answer.question_id].topic, answer.shared_text, questions[answer.question_id].label)
        for answer in answers
    ]
    said += [Said(reference.label, START, reference.text) for reference in references]
    states = list(interview.topicstates.all())
    return Ledger(
        depth=interview.depth,
        said=tuple(said),
        facts=tuple(noted[fact.pk] for fact in facts),
        asked=tuple(
            Asked(question.label, question.topic, question.slot, question.text, question.state, tuple(question.triggered_by))
            for question in sorted(questions.values(), key=lambda question: question.label)
        ),
        disputes=tuple(
            Dispute(
                conflict.label,
                conflict.kind,
                noted[conflict.first_id],
                noted[conflict.second_id],
                conflict.subject,
                is_open=conflict.resolution == Conflict.Resolution.OPEN,
                is_asked=conflict.question_id is not None,
            )
            for conflict in interview.conflicts.order_by("label")
        ),
        more=_more(interview) if len(questions) > BUDGET[interview.depth] else 0,
        papers=tuple(Paper(reference.label, reference.name, tuple(reference.wins_over)) for reference in references),
        put_off=frozenset(state.topic for state in states if state.state == TopicState.State.DEFERRED),
        assumed=frozenset(state.topic for state in states if state.state == TopicState.State.ASSUMED),
    )


def _more(interview: Interview) -> int:
    """How many questions beyond its depth the owner asked for, as the log tells."""
    rows = LogEntry.objects.filter(stream=interview.stream, kind="status", payload__has_key="more")
    return sum(int(payload["more"]) for payload in rows.values_list("payload", flat=True))


def noted_of(fact: Fact, source: str) -> Noted:
    """A row as the rules see it; ``source`` is the label of the answer or reference that holds the quote."""
    return Noted(
        topic=fact.topic,
        slot=fact.slot,
        subject=fact.subject,
        attribute=fact.attribute,
        quote=fact.quote,
        op=fact.op,
        value=fact.value,
        unit=fact.unit,
        confidence=fact.confidence,
        label=fact.label,
        source=source,
        is_live=fact.state == Fact.State.LIVE,
        place=fact.place,
    )


def next_label(interview: Interview, letter: str) -> str:
    """The next free label of a kind: Q-000, A-000, F-001, X-001, S-01."""
    rows = {
        "Q": interview.questions,
        "A": interview.answers,
        "F": interview.facts,
        "X": interview.conflicts,
        "S": interview.references,
    }[letter]
    # F-1000 comes behind F-999.
    last = rows.order_by(Length("label").desc(), "-label").values_list("label", flat=True).first()
    start = 0 if letter in "QA" else 1
    place = int(last.split("-")[1]) + 1 if last else start
    # Rows that were removed had labels too.
    spent = Interview.objects.values_list("spent_labels", flat=True).get(pk=interview.pk)
    place = max(place, spent.get(letter, -1) + 1)
    return f"{letter}-{place:02d}" if letter == "S" else f"{letter}-{place:03d}"


def open_question(interview: Interview) -> Question | None:
    return interview.questions.filter(state=Question.State.OPEN).first()
