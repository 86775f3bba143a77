from __future__ import annotations

from interviews.flows.recalling import ledger_of
from interviews.flows.standing import store_standings
from interviews.models import Interview
from tests.interviews.conftest import Say


def test_it_says_which_topics_changed_and_then_nothing(interview: Interview, say: Say) -> None:
    say("We lend tools. I want a list of who has which tool.")
    assert store_standings(interview, ledger_of(interview)) == []
    interview.facts.filter(topic="V1").delete()
    assert store_standings(interview, ledger_of(interview)) == ["V1"]
    assert interview.topicstates.get(topic="V1").state == "empty"


def test_what_a_person_confirmed_or_put_off_stays(interview: Interview, say: Say) -> None:
    say("We lend tools.")
    interview.topicstates.filter(topic="V1").update(state="confirmed")
    interview.topicstates.filter(topic="V2").update(state="deferred")
    store_standings(interview, ledger_of(interview))
    assert interview.topicstates.get(topic="V1").state == "confirmed"
    assert interview.topicstates.get(topic="V2").state == "deferred"
