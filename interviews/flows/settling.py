"""Two answers disagree and somebody decides by a button."""

from __future__ import annotations

from django.db import transaction

from ground import stream
from ground.errors import BadInput
from ground.errors import Conflict as Changed
from interviews.flows import answering, deciding
from interviews.flows.recalling import ledger_of
from interviews.flows.recording import hold
from interviews.flows.standing import store_standings
from interviews.models import Conflict, Question


def settle(conflict: Conflict, *, resolution: str, text: str = "") -> Conflict:
    """Decide: ``first``, ``second`` or ``both-when``; "both" needs the sentence that says when each holds.

    Raises ``BadInput`` without one, ``Conflict`` when it is settled already.
    """
    if resolution not in {Conflict.Resolution.FIRST, Conflict.Resolution.SECOND, Conflict.Resolution.BOTH}:
        raise BadInput("Say which of the two holds: the first, the second, or both.")
    if resolution == Conflict.Resolution.BOTH and not text.strip():
        raise BadInput("Say when the first holds and when the second, in a sentence.")
    interview = conflict.interview
    if not Conflict.objects.filter(pk=conflict.pk, resolution=Conflict.Resolution.OPEN).exists():
        raise Changed("This was settled in the meantime. Reload the page to see how.")
    said = None
    if resolution == Conflict.Resolution.BOTH:
        said = answering.say_about(interview, topic=conflict.second.topic, text=text, because=f"conflict:{conflict.label}")
    with transaction.atomic():
        hold(interview)
        deciding.decide(conflict, resolution, said)
        asked = conflict.question
        if asked is not None and Question.objects.filter(pk=asked.pk, state=Question.State.OPEN).update(
            state=Question.State.ANSWERED
        ):
            answering.reply_later(interview)
        store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "turn", question=asked.label if asked else "", conflict=conflict.label)
    return conflict
