"""A disagreement gets its outcome. The loser is superseded, never deleted, and what follows from it is told."""

from __future__ import annotations

from ground.errors import Conflict as Changed
from interviews.flows.recalling import noted_of
from interviews.models import Answer, Conflict, Fact, Interview, Reference
from interviews.rules.choosing import paper_named
from interviews.rules.disagreeing import excludes
from interviews.rules.ledger import Paper
from interviews.rules.settling import BOTH, FIRST, SECOND, chosen, document_chosen, document_wins, settles_itself


def decide(conflict: Conflict, resolution: str, said: Answer | None) -> None:
    """Write the outcome. Called in a transaction. Raises ``Conflict`` when it is settled already."""
    updated = Conflict.objects.filter(pk=conflict.pk, resolution=Conflict.Resolution.OPEN).update(
        resolution=resolution, decided_in=said
    )
    if not updated:
        raise Changed("This was settled in the meantime. Reload the page to see how.")
    conflict.refresh_from_db()
    result = list(said.facts.filter(state=Fact.State.LIVE)) if said else []
    losers: list[Fact] = []
    winner: Fact | None = None
    if resolution == FIRST:
        losers, winner = [conflict.second], conflict.first
    elif resolution == SECOND:
        losers, winner = [conflict.first], conflict.second
    elif result:
        # Both hold under a condition: the sentence that says so takes the place of whatever it cannot stand beside.
        winner = next((fact for fact in result if fact.attribute == conflict.second.attribute), result[0])
        losers = [
            side
            for side in (conflict.first, conflict.second)
            if excludes(noted_of(side, side.source), noted_of(winner, winner.source))
        ]
    for loser in losers:
        Fact.objects.filter(pk=loser.pk).update(state=Fact.State.SUPERSEDED, superseded_by=winner)
    conflict.result.set([winner] if winner and resolution != BOTH else result)


def decide_by_answer(conflict: Conflict, said: Answer) -> None:
    """Decide by what was said to the question that put the two side by side. Called in a transaction."""
    first, second = conflict.first, conflict.second
    decide(
        conflict,
        chosen(
            said.shared_text,
            first.quote,
            second.quote,
            is_document=(first.origin == Fact.Origin.DOCUMENT, second.origin == Fact.Origin.DOCUMENT),
        ),
        said,
    )


def hear_precedence(interview: Interview, said: Answer) -> None:
    """An answer may say whether documents or answers count. What is open between the two is settled by it. In a transaction."""
    if not interview.references.exists():
        return
    if any(name.startswith("precedence:") for name in said.question.triggered_by):
        return  # which of two documents counts says nothing of the answers
    wins = document_wins(said.shared_text, asked="precedence" in said.question.triggered_by)
    if wins is None:
        return
    interview.references.update(precedence="above" if wins else "below", ranked_in=said)
    settle_by_precedence(interview)


def hear_order_of_two(interview: Interview, said: Answer) -> None:
    """The answer to which of two documents counts. It is kept for whatever else they differ in. In a transaction."""
    asked = next((name for name in said.question.triggered_by if name.startswith("precedence:")), "")
    papers = list(interview.references.filter(label__in=asked.split(":")[1:]).order_by("label"))
    if len(papers) != 2:
        return
    # In the order of their labels, as the trigger names them.
    named = [Paper(paper.label, paper.name) for paper in papers]
    wins = document_chosen(said.shared_text, paper_named(named[0], named[1]), paper_named(named[1], named[0]))
    if wins == BOTH:
        return
    winner, loser = papers if wins == FIRST else reversed(papers)
    winner.wins_over = sorted({*winner.wins_over, loser.label})
    winner.save(update_fields=["wins_over"])
    _settle_between(interview, winner, loser, said)


def _settle_between(interview: Interview, winner: Reference, loser: Reference, said: Answer | None) -> None:
    for conflict in _open(interview):
        sides = (conflict.first.reference_id, conflict.second.reference_id)
        if sides == (winner.pk, loser.pk):
            decide(conflict, FIRST, said)
        elif sides == (loser.pk, winner.pk):
            decide(conflict, SECOND, said)


def settle_by_precedence(interview: Interview) -> None:
    """Once the owner has said which counts, answers and documents that differ need no further question. In a transaction."""
    for conflict in _open(interview):
        holders = [conflict.first.reference, conflict.second.reference]
        documents: list[Reference] = [holder for holder in holders if holder is not None]
        if len(documents) == 2:
            first, second = documents
            if second.label in first.wins_over or first.label in second.wins_over:
                decide(conflict, FIRST if second.label in first.wins_over else SECOND, None)
            continue
        if len(documents) != 1 or documents[0].ranked_in is None:
            continue
        document_is_first = holders[0] is not None
        decide(conflict, FIRST if document_is_first == (documents[0].precedence == "above") else SECOND, documents[0].ranked_in)


def settle_by_itself(interview: Interview, said: Answer) -> None:
    """An answer that corrects what was said before ("five is the hard one") needs no question. In a transaction."""
    if not settles_itself(said.shared_text):
        return
    for conflict in _open(interview):
        if conflict.second.answer_id == said.pk:
            decide(conflict, SECOND, said)


def _open(interview: Interview) -> list[Conflict]:
    return list(
        interview.conflicts.filter(resolution=Conflict.Resolution.OPEN)
        .select_related("first__reference__ranked_in", "second__reference__ranked_in")
        .order_by("label")
    )
