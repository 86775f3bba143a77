"""What was said becomes facts; every quote is checked to be a substring of the text before a row is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.conf import settings

from ground import clock
from interviews.calls import NOTE_FACTS, NotedFact, NoteInput, TopicCard
from interviews.flows.recalling import ledger_of, next_label, noted_of
from interviews.models import Answer, Conflict, Fact, Interview, Reference
from interviews.rules.choosing import PRECEDENCE
from interviews.rules.disagreeing import Clash, clashes
from interviews.rules.ledger import Noted
from interviews.rules.noting import is_unknown, without_repeats
from interviews.rules.topics import BY_ID, TOPICS
from llm import fitting, gateway
from llm.purse import Purse

LONGEST_PART = 16_000
"""Characters a model reads at once: about 4,000 tokens, whose facts it can write down within the limits of one call."""
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
CARDS = [TopicCard(id=topic.id, name=topic.name, slots=list(topic.slots)) for topic in TOPICS]


def ask_for_notes(
    source: Answer | Reference, *, purse: Purse, provider: str | None, between: Callable[[], None] | None = None
) -> list[Noted]:
    """Ask the note taker, outside any transaction, part by part when the text is long, and ``between`` before each further part.

    Facts whose quote does not stand in the text are dropped.
    """
    if isinstance(source, Answer):
        text, question, is_first = source.shared_text, source.question, source.question.label == "Q-000"
        if is_unknown(text):
            return []
        topic, slot, asked = question.topic, question.slot, question.text
    else:
        text, topic, slot, asked, is_first = source.text, "V4", "current steps", f"The document {source.name}", True
    # Rules read any length at once, and a list in it keeps the heading it stands under.
    is_model = (provider or settings.LLM_PROVIDER) != "offline"
    parts = fitting.in_parts(text, LONGEST_PART) if is_model else [text]
    found: list[NotedFact] = []
    headings: list[str] = []
    for number, part in enumerate(parts, start=1):
        if between is not None and number > 1:
            between()
        given = NoteInput(
            topic=topic,
            slot=slot,
            question=asked if len(parts) == 1 else _asked_of_part(asked, number, len(parts), headings),
            text=part,
            is_first=is_first,
            is_document=isinstance(source, Reference),
            topics=CARDS,
        )
        key = f"notes:{source.pk}" if len(parts) == 1 else f"notes:{source.pk}:{number}"
        found += gateway.ask(NOTE_FACTS, given, purse=purse, provider=provider, key=key).facts
        headings += _HEADING.findall(part)
    if _ranks_documents(source):
        found = [fact for fact in found if fact.topic != topic]  # "my answers hold" is kept with the documents, not as a fact
    noted = [_noted(fact) for fact in found if fact.quote in text and fact.topic in BY_ID and fact.quote.strip()]
    return without_repeats(noted)  # also across the parts


def _ranks_documents(source: Answer | Reference) -> bool:
    return isinstance(source, Answer) and PRECEDENCE in source.question.triggered_by


def _asked_of_part(asked: str, number: int, of: int, headings: Sequence[str]) -> str:
    """What a part is an answer to, with the heading under which it goes on."""
    place = f", going on under the heading “{headings[-1].strip()[:120]}”" if headings else ""
    return f"{asked}, part {number} of {of}{place}"


def store_notes(source: Answer | Reference, found: list[Noted], judged: Sequence[tuple[str, Noted]] = ()) -> list[Fact]:
    """Write the facts of one source, and a conflict for each disagreement with what was known. Called in a transaction.

    ``judged`` are disagreements that a model saw: the label of a known fact and which of ``found`` contradicts it.
    """
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
            place=source.place_of(noted.quote) if isinstance(source, Reference) else "",
            confidence=noted.confidence,
            confirmed_by=source.respondent if isinstance(source, Answer) and noted.confidence > 0.4 else None,
            confirmed_at=clock.now() if is_answer and noted.confidence > 0.4 else None,
        )
        for step, noted in enumerate(found)
    ]
    Fact.objects.bulk_create(rows)
    if not _settles_a_conflict(source):
        _store_conflicts(interview, known, rows, [(label, found.index(noted)) for label, noted in judged])
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
    return isinstance(source, Answer) and any(name.startswith("conflict:") for name in source.question.triggered_by)


def _store_conflicts(interview: Interview, known: list[Noted], rows: list[Fact], judged: list[tuple[str, int]]) -> None:
    by_label = {fact.label: fact for fact in interview.facts.select_related("answer", "reference")}
    conflicts = list(
        interview.conflicts.select_related("first__answer", "first__reference", "second__answer", "second__reference")
    )
    taken = {frozenset({conflict.first.source, conflict.second.source}) for conflict in conflicts}
    # A figure that was disputed once is not disputed again by whoever repeats the other side.
    disputed = {(conflict.first.label, str(conflict.second.value)) for conflict in conflicts if conflict.second.value is not None}
    fresh = [noted_of(row, row.source) for row in rows]
    live = {fact.label: fact for fact in known}
    found = clashes(known, fresh)
    found += [Clash("text", live[label], fresh[place], fresh[place].subject) for label, place in judged if label in live]
    for clash in found:
        pair = frozenset({clash.first.source, clash.second.source})
        if pair in taken or (clash.first.label, str(clash.second.value)) in disputed:
            continue
        taken.add(pair)
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
