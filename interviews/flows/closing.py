"""Stop here: what is open is assumed visibly, put off, or does not apply. It can be taken up again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from ground import clock, stream
from ground.errors import BadInput, Conflict
from interviews.flows.answering import reply_later
from interviews.flows.recalling import ledger_of
from interviews.flows.standing import store_standings
from interviews.models import Interview, Question, TopicState
from interviews.rules.coverage import standings
from interviews.rules.topics import BY_ID

_OPEN = {"empty", "touched", "partial", "assumed"}


@dataclass(frozen=True)
class Assumed:
    """One thing that will be assumed, with what follows if it is wrong."""

    topic: str
    name: str
    default: str
    consequence: str
    owner: str
    trigger: str


def what_will_be_assumed(interview: Interview) -> list[Assumed]:
    """Material topics of which nothing firm is known, weightiest first."""
    states = {state.topic: state for state in interview.topicstates.all()}
    found = []
    for standing in standings(ledger_of(interview)):
        row = states.get(standing.topic.id)
        state = row.state if row and row.state in {"deferred", "assumed", "confirmed"} else standing.state
        if state in {"empty", "touched", "assumed"}:
            default = standing.topic.default
            found.append(
                Assumed(
                    standing.topic.id,
                    standing.topic.name,
                    default.text,
                    default.consequence,
                    default.owner,
                    "before the work on it starts",
                )
            )
    return sorted(found, key=lambda one: -BY_ID[one.topic].weight)


def close(interview: Interview, *, because: str) -> Interview:
    """Close it. Topics without a firm fact become assumed with their default; the open question is withdrawn.

    Raises ``BadInput`` when nothing was said yet, ``Conflict`` when it is closed.
    """
    if not interview.answers.exists():
        raise BadInput("Answer the first question before you stop: without it there is nothing to write.")
    assumed = {one.topic: one for one in what_will_be_assumed(interview)}
    with transaction.atomic():
        closed = (
            Interview.objects.filter(pk=interview.pk)
            .exclude(state=Interview.State.CLOSED)
            .update(state=Interview.State.CLOSED, closed_at=clock.now(), closed_because=because[:200], trouble="")
        )
        if not closed:
            raise Conflict("This interview is closed already.")
        interview.questions.filter(state=Question.State.OPEN).update(state=Question.State.WITHDRAWN)
        for state in interview.topicstates.filter(topic__in=list(assumed)):
            state.state = TopicState.State.ASSUMED
            state.note = assumed[state.topic].default[:300]
            state.owner = state.owner or assumed[state.topic].owner
            state.trigger = state.trigger or assumed[state.topic].trigger
            state.save(update_fields=["state", "note", "owner", "trigger"])
        stream.append(interview.stream, "status", state="closed")
    interview.refresh_from_db()
    return interview


def reopen(interview: Interview) -> Interview:
    """Take it up again: what was assumed by closing is open once more, and the next question is worked out."""
    with transaction.atomic():
        if not Interview.objects.filter(pk=interview.pk, state=Interview.State.CLOSED).update(
            state=Interview.State.OPEN, closed_at=None, closed_because=""
        ):
            raise Conflict("This interview is open already.")
        interview.refresh_from_db()
        interview.topicstates.filter(state=TopicState.State.ASSUMED).update(
            state=TopicState.State.EMPTY, note="", owner="", trigger=""
        )
        store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "status", state="reopened")
        reply_later(interview)
    interview.refresh_from_db()
    return interview
