"""An interview begins with everything in the owner's head, in any order."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Workspace
from ground import clock, stream
from ground.errors import BadInput
from interviews.flows.recalling import ledger_of
from interviews.flows.standing import store_standings
from interviews.models import Interview, Question
from interviews.rules.linting import lint
from llm.guarding import guarded
from llm.placeholders import in_words

BRAIN_DUMP = "Tell us about the project in your own words: what should exist that does not exist today?"
WHY = "The rest of the interview fills the gaps this leaves."


def open_interview(
    *, workspace: Workspace, title: str, profile: str = Interview.Profile.LEAN, depth: str = Interview.Depth.STANDARD
) -> Interview:
    """A new interview with its first question. Secrets in the title are replaced.

    Raises ``BadInput`` for an empty title or an unknown profile or depth, ``NotSearched``.
    """
    given = " ".join(title.split())
    if not given or len(given) > 120:
        raise BadInput("Give the project a name of 1 to 120 letters.")
    name = guarded(workspace.pk, given)
    if len(name.text) > 120:
        raise BadInput(f"The name of the project holds what looks like secrets ({in_words(name.removed)}). Leave them out.")
    if profile not in Interview.Profile.values or depth not in Interview.Depth.values:
        raise BadInput("Choose one of the profiles and one of the depths that are offered.")
    with transaction.atomic():
        interview = Interview.objects.create(workspace=workspace, title=name.text, profile=profile, depth=depth)
        question = Question.objects.create(
            interview=interview,
            label="Q-000",
            topic="V1",
            slot="what happens",
            kind=Question.Kind.OPEN,
            text=BRAIN_DUMP,
            why=WHY,
            triggered_by=["start"],
            lint=lint(BRAIN_DUMP).record,
            asked_at=clock.now(),
        )
        store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "turn", question=question.label)
    return interview
