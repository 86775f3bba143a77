"""Two answers disagree and somebody decides. The loser is superseded, never deleted."""

from __future__ import annotations

import re

from django.db import transaction

from ground import stream
from ground.errors import BadInput
from ground.errors import Conflict as Changed
from interviews.flows.recalling import ledger_of, noted_of
from interviews.flows.standing import store_standings
from interviews.models import Answer, Conflict, Fact, Question
from interviews.rules.disagreeing import excludes

_BOTH = re.compile(r"\b(?:both|depends|each|it depends)\b", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:the first|first holds|the former|first one)\b", re.IGNORECASE)
_SECOND = re.compile(
    r"\b(?:the second|second holds|the latter|second one|what i tell you|i tell you now|my answer)\b", re.IGNORECASE
)


def settle(conflict: Conflict, *, resolution: str, text: str = "") -> Conflict:
    """Decide by a button: ``first``, ``second`` or ``both-when``; "both" needs the sentence that says when each holds.

    Raises ``BadInput`` without one, ``Conflict`` when it is settled already.
    """
    if resolution not in {Conflict.Resolution.FIRST, Conflict.Resolution.SECOND, Conflict.Resolution.BOTH}:
        raise BadInput("Say which of the two holds: the first, the second, or both.")
    if resolution == Conflict.Resolution.BOTH and not text.strip():
        raise BadInput("Say when the first holds and when the second, in a sentence.")
    from interviews.flows import answering

    with transaction.atomic():
        said = None
        if resolution == Conflict.Resolution.BOTH:
            topic = conflict.second.topic
            said = answering.say_about(conflict.interview, topic=topic, text=text)
        _decide(conflict, resolution, said)
        asked = conflict.question
        if asked is not None and asked.state == Question.State.OPEN:
            Question.objects.filter(pk=asked.pk, state=Question.State.OPEN).update(state=Question.State.ANSWERED)
            answering.reply_later(conflict.interview)
        store_standings(conflict.interview, ledger_of(conflict.interview))
        stream.append(conflict.interview.stream, "turn", question=asked.label if asked else "", conflict=conflict.label)
    return conflict


def settle_by_answer(conflict: Conflict, said: Answer) -> None:
    """Decide by what was said to the question that put the two side by side. Called in a transaction."""
    text = said.shared_text
    chosen = None
    if _BOTH.search(text):
        chosen = Conflict.Resolution.BOTH
    elif _SECOND.search(text) or _quoted(conflict.second.quote, text):
        chosen = Conflict.Resolution.SECOND
    elif _FIRST.search(text) or _quoted(conflict.first.quote, text):
        chosen = Conflict.Resolution.FIRST
    # An answer that decides nothing leaves it open: it stands in the package as an open question, and on the page with its buttons.
    if chosen is not None:
        _decide(conflict, chosen, said)


def _quoted(quote: str, text: str) -> bool:
    return quote.lower()[:24] in text.lower()


def _decide(conflict: Conflict, resolution: str, said: Answer | None) -> None:
    updated = Conflict.objects.filter(pk=conflict.pk, resolution=Conflict.Resolution.OPEN).update(
        resolution=resolution, decided_in=said
    )
    if not updated:
        raise Changed("This was settled in the meantime. Reload the page to see how.")
    conflict.refresh_from_db()
    result = list(said.facts.filter(state=Fact.State.LIVE)) if said else []
    losers: list[Fact] = []
    winner: Fact | None = None
    if resolution == Conflict.Resolution.FIRST:
        losers, winner = [conflict.second], conflict.first
    elif resolution == Conflict.Resolution.SECOND:
        losers, winner = [conflict.first], conflict.second
    elif result:
        # Both hold under a condition: the sentence that says so takes the place of whatever it cannot stand beside.
        winner = next((fact for fact in result if fact.attribute == conflict.second.attribute), result[0])
        losers = [side for side in (conflict.first, conflict.second) if excludes(noted_of(side), noted_of(winner))]
    for loser in losers:
        Fact.objects.filter(pk=loser.pk).update(state=Fact.State.SUPERSEDED, superseded_by=winner)
    conflict.result.set(result or ([winner] if winner else []))
