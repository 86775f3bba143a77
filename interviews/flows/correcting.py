"""A noted fact is corrected by a new one; the old one stays in the ledger as superseded."""

from __future__ import annotations

from django.db import transaction

from ground import clock, stream
from ground.errors import BadInput, Conflict
from interviews.flows.recalling import ledger_of, next_label
from interviews.flows.recording import hold, new_answer, new_question, words_of
from interviews.flows.standing import store_standings
from interviews.models import Answer, Fact, Question
from interviews.rules.noting import note
from interviews.rules.topics import BY_ID


def correct(fact: Fact, *, text: str) -> Fact:
    """Replace what was noted by the owner's own sentence. The sentence becomes an answer, so that the new fact has its quote.

    Raises ``BadInput`` for an empty sentence, ``Conflict`` when the fact is no longer live.
    """
    if not text.strip():
        raise BadInput("Write down what is right instead.")
    words = " ".join(words_of(text).split())
    interview = fact.interview
    with transaction.atomic():
        hold(interview)
        slot = fact.slot if fact.slot in BY_ID[fact.topic].slots else next(iter(BY_ID[fact.topic].slots))
        if not Fact.objects.filter(pk=fact.pk, state=Fact.State.LIVE).update(state=Fact.State.SUPERSEDED):
            raise Conflict("This note was corrected in the meantime. Reload the page to see it.")
        question = new_question(
            interview,
            topic=fact.topic,
            slot=slot,
            text=f"We noted: “{fact.quote}”. What is right instead?",
            why="You corrected the note.",
            triggered_by=[f"fact:{fact.label}"],
            state=Question.State.ANSWERED,
        )
        said = new_answer(question, words)
        Answer.objects.filter(pk=said.pk).update(read_at=clock.now())
        shared = said.shared_text
        measured = next(iter(note(shared, topic=fact.topic, slot=slot)), None)
        new = Fact.objects.create(
            interview=interview,
            label=next_label(interview, "F"),
            topic=fact.topic,
            slot=slot,
            subject=fact.subject,
            attribute=fact.attribute,
            op=measured.op if measured else None,
            value=measured.value if measured else None,
            unit=measured.unit if measured else None,
            origin=Fact.Origin.USER,
            answer=said,
            quote=measured.quote if measured else shared,
            confidence=1.0,
            confirmed_by=said.respondent,
            confirmed_at=clock.now(),
        )
        Fact.objects.filter(pk=fact.pk).update(superseded_by=new)
        store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "noted", answer=fact.source, question=question.label)
    return new
