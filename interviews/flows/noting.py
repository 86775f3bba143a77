"""What was said becomes facts; every quote is checked to be a substring of the text before a row is written."""

from __future__ import annotations

from dataclasses import replace

from ground import clock
from interviews.calls import NOTE_FACTS, NotedFact, NoteInput, TopicCard
from interviews.flows.recalling import ledger_of, next_label, noted_of
from interviews.models import Answer, Conflict, Fact, Interview, Reference
from interviews.rules.disagreeing import clashes
from interviews.rules.ledger import Noted
from interviews.rules.noting import is_put_off, is_unknown
from interviews.rules.topics import BY_ID, TOPICS
from llm import gateway
from llm.purse import Purse

CARDS = [TopicCard(id=topic.id, name=topic.name, slots=list(topic.slots)) for topic in TOPICS]


def ask_for_notes(source: Answer | Reference, *, purse: Purse, provider: str | None) -> list[Noted]:
    """Ask the note taker, outside any transaction. Facts whose quote does not stand in the text are dropped."""
    if isinstance(source, Answer):
        text, question, is_first = source.shared_text, source.question, source.question.label == "Q-000"
        if is_unknown(text):
            return []
        topic, slot, asked = question.topic, question.slot, question.text
    else:
        text, topic, slot, asked, is_first = source.text, "V4", "current steps", f"The document {source.name}", True
    given = NoteInput(
        topic=topic,
        slot=slot,
        question=asked,
        text=text,
        is_first=is_first,
        is_document=isinstance(source, Reference),
        topics=CARDS,
    )
    output = gateway.ask(NOTE_FACTS, given, purse=purse, provider=provider, key=f"notes:{source.pk}")
    return [_noted(fact) for fact in output.facts if fact.quote in text and fact.topic in BY_ID and fact.quote.strip()]


def store_notes(source: Answer | Reference, found: list[Noted]) -> list[Fact]:
    """Write the facts of one source, and a conflict for each disagreement with what was known. Called in a transaction."""
    interview = source.interview
    is_answer = isinstance(source, Answer)
    known = [fact for fact in ledger_of(interview).facts if fact.is_live]
    label = next_label(interview, "F")
    place = int(label.split("-")[1])
    rows = [
        Fact(
            interview=interview,
            label=f"F-{place + step:03d}",
            topic=noted.topic,
            slot=noted.slot,
            subject=noted.subject[:120],
            attribute=noted.attribute[:120],
            op=noted.op,
            value=noted.value,
            unit=noted.unit[:60] if noted.unit else None,
            origin=Fact.Origin.USER if is_answer else Fact.Origin.DOCUMENT,
            answer=source if isinstance(source, Answer) else None,
            reference=source if isinstance(source, Reference) else None,
            quote=noted.quote,
            confidence=noted.confidence,
            confirmed_by=source.respondent if isinstance(source, Answer) and noted.confidence > 0.4 else None,
            confirmed_at=clock.now() if is_answer and noted.confidence > 0.4 else None,
        )
        for step, noted in enumerate(found)
    ]
    Fact.objects.bulk_create(rows)
    if not _settles_a_conflict(source):
        _store_conflicts(interview, known, rows)
    _supersede_vague(interview, rows)
    return rows


def _noted(fact: NotedFact) -> Noted:
    value: float | int | str | None = fact.words
    if fact.number is not None:
        value = int(fact.number) if fact.number == int(fact.number) else fact.number
    slots = BY_ID[fact.topic].slots if fact.topic in BY_ID else {}
    slot = fact.slot if fact.slot in slots or fact.slot == "stakes" else next(iter(slots), fact.slot)
    return Noted(
        fact.topic,
        slot,
        fact.subject or BY_ID[fact.topic].name,
        fact.attribute or slot,
        fact.quote,
        fact.op,
        value,
        fact.unit,
        fact.confidence,
    )


def _settles_a_conflict(source: Answer | Reference) -> bool:
    return isinstance(source, Answer) and source.question.conflicts.exists()


def _store_conflicts(interview: Interview, known: list[Noted], rows: list[Fact]) -> None:
    by_label = {fact.label: fact for fact in interview.facts.all()}
    taken = {
        frozenset({conflict.first.source, conflict.second.source})
        for conflict in interview.conflicts.select_related("first", "second")
    }
    for clash in clashes(known, [replace(noted_of(row), source=row.source) for row in rows]):
        if frozenset({clash.first.source, clash.second.source}) in taken:
            continue
        Conflict.objects.create(
            interview=interview,
            label=next_label(interview, "X"),
            kind=clash.kind,
            first=by_label[clash.first.label],
            second=by_label[clash.second.label],
            subject=clash.subject[:200],
        )


def _supersede_vague(interview: Interview, rows: list[Fact]) -> None:
    """A firm number takes the place of the soft word before it; the soft fact stays in the ledger."""
    for row in rows:
        if row.value is None or row.confidence <= 0.4:
            continue
        interview.facts.filter(
            topic=row.topic, slot=row.slot, confidence__lte=0.4, state=Fact.State.LIVE, label__lt=row.label, origin=row.origin
        ).update(state=Fact.State.SUPERSEDED, superseded_by=row)


def says_nothing(answer: Answer) -> bool:
    """The person does not know."""
    return is_unknown(answer.shared_text)


def puts_off(answer: Answer) -> bool:
    """The person wants to decide later."""
    return is_put_off(answer.shared_text)
