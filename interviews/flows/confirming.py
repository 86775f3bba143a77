"""The card with goal, invariants and non-goals: proposed from the facts, signed by the owner."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ground import clock, stream
from ground.errors import BadInput
from interviews.flows.recalling import ledger_of
from interviews.models import Interview
from interviews.rules.summarising import anchor


def propose_anchor(interview: Interview) -> dict[str, Any]:
    """The card as it would be signed now (anchor of the model schema, without signature)."""
    draft = anchor(ledger_of(interview))
    return {
        "goal": draft.goal,
        "invariants": [
            {
                "value": fact.quote[:1].upper() + fact.quote[1:],
                "quote": fact.quote,
                "fact": fact.label,
                "confidence": fact.confidence,
            }
            for fact in draft.invariants
        ],
        "non_goals": [fact.quote for fact in draft.non_goals],
    }


def sign_anchor(interview: Interview, *, by: str) -> dict[str, Any]:
    """Sign the card. Every later document is held against it. Raises ``BadInput`` while there is nothing to sign."""
    card = propose_anchor(interview)
    if not card["goal"]:
        raise BadInput("There is nothing to sign yet: answer the first question.")
    card |= {"signed_by": by, "signed_at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}
    with transaction.atomic():
        Interview.objects.filter(pk=interview.pk).update(anchor=card)
        interview.anchor = card
        stream.append(interview.stream, "status", state="signed")
    return card
