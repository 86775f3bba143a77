from __future__ import annotations

import pytest

from ground import stream
from ground.errors import BadInput
from interviews.flows.confirming import propose_anchor, sign_anchor
from interviews.models import Interview
from tests.interviews.conftest import Say


def test_the_card_is_signed_with_name_and_time(interview: Interview, say: Say) -> None:
    say("Tools get lost. I want a list of who has which tool.")
    say("A tool is never lent twice at the same time.", topic="R4", slot="rule")
    card = sign_anchor(interview, by="Alice Moreau")
    interview.refresh_from_db()
    assert interview.anchor == card
    assert (card["goal"], card["signed_by"]) == ("A list of who has which tool.", "Alice Moreau")
    assert card["signed_at"].endswith("Z")
    assert [invariant["quote"] for invariant in card["invariants"]] == ["A tool is never lent twice at the same time"]
    assert stream.after(interview.stream, limit=1000)[-1].payload == {"state": "signed"}


def test_before_anything_was_said_there_is_nothing_to_sign(interview: Interview) -> None:
    assert propose_anchor(interview) == {"goal": "", "invariants": [], "non_goals": []}
    with pytest.raises(BadInput):
        sign_anchor(interview, by="Alice")
    interview.refresh_from_db()
    assert interview.anchor is None
