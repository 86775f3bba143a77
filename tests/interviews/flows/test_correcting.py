from __future__ import annotations

import pytest

from ground.errors import BadInput, Conflict
from interviews.flows.correcting import correct
from interviews.models import Answer, Interview
from tests.interviews.conftest import Say

BRIEF = "We lend tools to neighbours. There are about 40 tools in the yard."


def test_a_correction_is_a_new_fact_with_its_own_quote(interview: Interview, say: Say) -> None:
    say(BRIEF)
    old = interview.facts.get(value=40)
    new = correct(old, text="There are 60 tools in the yard.")
    old.refresh_from_db()
    assert (old.state, old.superseded_by) == ("superseded", new)
    assert (new.value, new.unit, new.state, new.confidence) == (60, "tools", "live", 1.0)
    assert new.confirmed_by == "owner"
    answer = Answer.objects.get(label=new.source, interview=interview)
    assert new.quote in answer.shared_text
    assert (answer.question.text, answer.question.state) == (f"We noted: “{old.quote}”. What is right instead?", "answered")


def test_a_correction_without_a_number_takes_the_sentence_as_its_quote(interview: Interview, say: Say) -> None:
    say(BRIEF)
    new = correct(interview.facts.get(value=40), text="Hm")
    assert (new.quote, new.value) == ("Hm", None)


def test_a_note_is_corrected_once(interview: Interview, say: Say) -> None:
    say(BRIEF)
    old = interview.facts.get(value=40)
    correct(old, text="There are 60 tools.")
    with pytest.raises(Conflict, match="in the meantime"):
        correct(old, text="There are 70 tools.")
    assert interview.facts.filter(value=70).count() == 0


def test_an_empty_correction_is_refused(interview: Interview, say: Say) -> None:
    say(BRIEF)
    with pytest.raises(BadInput):
        correct(interview.facts.get(value=40), text=" ")
    assert interview.facts.get(value=40).state == "live"


def test_secrets_and_people_in_a_correction_are_treated_as_in_an_answer(interview: Interview, say: Say) -> None:
    say(BRIEF)
    secret, number = "sk-" + "ant-api03-" + "Zq7" * 20, "0171 " + "3920047"
    new = correct(interview.facts.get(value=40), text=f"The key is {secret}, ring {number}.")
    answer = Answer.objects.get(label=new.source, interview=interview)
    assert secret not in answer.text
    assert number not in new.quote
    assert number in answer.text
