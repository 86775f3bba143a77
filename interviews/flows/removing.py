"""A document is taken off: its text and every note that rests on it go, and what it decided is open again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from ground import stream
from interviews.flows.answering import reply_later
from interviews.flows.recalling import ledger_of
from interviews.flows.recording import hold
from interviews.flows.standing import store_standings
from interviews.models import Conflict, Fact, Interview, Question, Reference


@dataclass(frozen=True)
class Removed:
    """What went with a document."""

    name: str
    notes: int
    """Facts that rested on it."""
    back: int
    """Facts that had been set aside because of it and hold again."""
    topics: int
    """Topics that stand otherwise than before."""
    unsigned: bool
    """The card of goal and invariants quoted it and has to be signed again."""

    @property
    def sentence(self) -> str:
        """What a person reads."""
        said = [f"{self.name} is removed."]
        if self.notes:
            notes = "One note" if self.notes == 1 else f"{self.notes} notes"
            said.append(f"{notes} that rested on it went with it; what is now open is asked about again.")
        if self.back:
            said.append(
                f"{self.back} of your own that had been set aside because of it {'holds' if self.back == 1 else 'hold'} again."
            )
        if self.unsigned:
            said.append("The card of goal and invariants quoted it: sign it again.")
        return " ".join(said)


def remove(reference: Reference) -> Removed:
    """Delete it with its notes. Their labels are not given out again. What packages of before quote of it stays in them."""
    interview = reference.interview
    with transaction.atomic():
        hold(interview)
        interview.refresh_from_db()
        facts = Fact.objects.filter(reference=reference)
        notes = list(facts.values_list("label", flat=True))
        disputes = Conflict.objects.filter(Q(first__reference=reference) | Q(second__reference=reference))
        withdrawn = _withdraw(interview, reference, notes, disputes)
        back = Fact.objects.filter(state=Fact.State.SUPERSEDED, superseded_by__reference=reference, interview=interview)
        back = back.exclude(reference=reference)
        again = back.update(state=Fact.State.LIVE, superseded_by=None)
        unsigned = _unsign(interview, set(notes))
        _spend(interview)
        for other in interview.references.exclude(pk=reference.pk):
            if reference.label in other.wins_over:
                other.wins_over = [label for label in other.wins_over if label != reference.label]
                other.save(update_fields=["wins_over"])
        reference.delete()
        topics = store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "coverage", topics=topics)
        stream.append(interview.stream, "status", state="reference")
        if (notes or withdrawn) and interview.state == Interview.State.OPEN and not _is_asking(interview):
            reply_later(interview)
    return Removed(reference.name, len(notes), again, len(topics), unsigned)


def _withdraw(interview: Interview, reference: Reference, notes: list[str], disputes: QuerySet[Conflict]) -> int:
    """Nobody has to answer a question about what is gone."""
    about = {f"document:{label}" for label in notes} | {f"conflict:{label}" for label in disputes.values_list("label", flat=True)}
    about |= {f"vague:{reference.label}"}
    gone = 0
    for question in interview.questions.filter(state=Question.State.OPEN):
        is_of_two = any(name.startswith("precedence:") and reference.label in name.split(":") for name in question.triggered_by)
        is_last = "precedence" in question.triggered_by and not interview.references.exclude(pk=reference.pk).exists()
        if is_of_two or is_last or about & set(question.triggered_by):
            gone += Question.objects.filter(pk=question.pk).update(state=Question.State.WITHDRAWN)
            stream.append(interview.stream, "turn", question=question.label)
    return gone


def _unsign(interview: Interview, notes: set[str]) -> bool:
    held = interview.anchor or {}
    if not any(one.get("fact") in notes for one in held.get("invariants", [])):
        return False
    Interview.objects.filter(pk=interview.pk).update(anchor=None)
    return True


def _spend(interview: Interview) -> None:
    """Remember the highest labels, so that none of them is given out a second time."""
    spent = dict(interview.spent_labels)
    for letter, rows in (("S", interview.references), ("F", interview.facts), ("X", interview.conflicts)):
        numbers = [int(label.split("-")[1]) for label in rows.values_list("label", flat=True)]
        spent[letter] = max([*numbers, spent.get(letter, 0)])
    Interview.objects.filter(pk=interview.pk).update(spent_labels=spent)


def _is_asking(interview: Interview) -> bool:
    return interview.questions.filter(state=Question.State.OPEN).exists()
