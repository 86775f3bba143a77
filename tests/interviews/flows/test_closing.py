from __future__ import annotations

import pytest

from ground import stream
from ground.errors import BadInput, Conflict
from interviews.flows import closing
from interviews.flows.answering import reply_once
from interviews.flows.recalling import open_question
from interviews.models import Interview
from interviews.rules.topics import BY_ID
from tests.interviews.conftest import Say

BRIEF = "We lend tools to neighbours and they get lost. I want a list of who has which tool."


def test_an_interview_in_which_nothing_was_said_cannot_be_closed(interview: Interview) -> None:
    with pytest.raises(BadInput, match="first question"):
        closing.close(interview, because="Done.")
    interview.refresh_from_db()
    assert interview.is_open


def test_what_will_be_assumed_names_default_consequence_owner_and_trigger(interview: Interview, say: Say) -> None:
    say(BRIEF)
    listed = {one.topic: one for one in closing.what_will_be_assumed(interview)}
    one = listed["R13"]
    default = BY_ID["R13"].default
    assert (one.name, one.default, one.consequence, one.owner) == (
        "When it is down",
        default.text,
        default.consequence,
        default.owner,
    )
    assert one.trigger
    assert "V1" not in listed, "something firm is known about it"
    assert "R19" not in listed, "it does not matter here"
    weights = [BY_ID[topic].weight for topic in listed]
    assert weights == sorted(weights, reverse=True)


def test_closing_assumes_what_is_open_and_withdraws_the_question(interview: Interview, say: Say) -> None:
    say(BRIEF)
    listed = {one.topic for one in closing.what_will_be_assumed(interview)}
    question = open_question(interview)
    assert question is not None
    closed = closing.close(interview, because="You stopped here.")
    question.refresh_from_db()
    assert (closed.state, closed.closed_because, question.state) == ("closed", "You stopped here.", "withdrawn")
    assert closed.closed_at is not None
    assumed = interview.topicstates.filter(state="assumed")
    assert {state.topic for state in assumed} == listed
    assert all(state.note and state.owner and state.trigger for state in assumed)
    assert stream.after(interview.stream, limit=1000)[-1].payload == {"state": "closed"}


def test_what_was_put_off_stays_put_off(interview: Interview, say: Say) -> None:
    say(BRIEF)
    say("Decide later. Ask me after the meeting.", topic="R16", slot="clause")
    closing.close(interview, because="Done.")
    assert interview.topicstates.get(topic="R16").state == "deferred"


def test_it_is_closed_once(interview: Interview, say: Say) -> None:
    say(BRIEF)
    closing.close(interview, because="Done.")
    with pytest.raises(Conflict):
        closing.close(interview, because="Done.")


def test_taking_it_up_again_opens_what_was_assumed_and_asks_on(interview: Interview, say: Say) -> None:
    say(BRIEF)
    closing.close(interview, because="Done.")
    interview.refresh_from_db()
    taken = closing.reopen(interview)
    assert (taken.state, taken.closed_at, taken.closed_because) == ("reading", None, "")
    assert interview.topicstates.get(topic="R13").state == "empty"
    assert not interview.topicstates.filter(state="assumed").exists()
    reply_once(taken)
    assert open_question(taken) is not None


def test_an_open_interview_is_not_taken_up_again(interview: Interview) -> None:
    with pytest.raises(Conflict):
        closing.reopen(interview)
