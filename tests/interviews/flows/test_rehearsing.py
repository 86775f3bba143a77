"""The three samples, interviewed as a person would be: what holds for every question, fact and conflict of them."""

from __future__ import annotations

import pytest

from accounts.models import User
from billing.purses import UnmeteredPurse
from interviews.flows import opening, rehearsing
from interviews.rules.choosing import BUDGET
from interviews.rules.linting import MAX_WORDS, same_question
from interviews.rules.topics import BY_ID
from tests.interviews.conftest import Rehearsed, rehearse


def test_every_answer_of_the_file_is_heard(rehearsed: Rehearsed) -> None:
    said = [" ".join(answer["text"].split()) for answer in rehearsed.answers]
    for entry in rehearsed.held["answers"]:
        assert " ".join(entry["text"].split()) in said
    assert said[0] == " ".join(rehearsed.held["brief"].split())


@pytest.mark.promise("S-023")
def test_vision_requirements_and_architecture_are_noted_and_each_fact_leads_to_its_turn(rehearsed: Rehearsed) -> None:
    assert {fact["topic"][0] for fact in rehearsed.facts} == {"V", "R", "A"}
    for fact in rehearsed.facts:
        assert fact["quote"] in rehearsed.shared[fact["source"]]
    assert [answer["label"] for answer in rehearsed.answers] == [f"A-{place:03d}" for place in range(len(rehearsed.answers))]
    assert all(answer["respondent"] for answer in rehearsed.answers)
    assert {"interviews.note_facts", "interviews.write_question"} <= rehearsed.agents


def test_every_question_passes_the_lint(rehearsed: Rehearsed) -> None:
    for question in rehearsed.questions:
        assert question["text"].endswith("?"), question["text"]
        assert question["lint"]["words"] <= MAX_WORDS, question["text"]
        assert not question["lint"]["compound"], question["text"]
        assert not question["lint"]["ids"], question["text"]
        assert question["why"]


def test_no_question_is_asked_twice(rehearsed: Rehearsed) -> None:
    texts = [question["text"] for question in rehearsed.questions]
    assert len(texts) == len(set(texts))
    own = [question["text"] for question in rehearsed.questions if question["triggered_by"][0].endswith(":empty")]
    assert not [(one, two) for place, one in enumerate(own) for two in own[:place] if same_question(one, two)]


def test_every_fact_stands_in_a_slot_of_its_topic(rehearsed: Rehearsed) -> None:
    for fact in rehearsed.facts:
        assert fact["slot"] in BY_ID[fact["topic"]].slots


def test_the_interviewer_keeps_to_the_budget_before_the_respondent_adds_the_rest(rehearsed: Rehearsed) -> None:
    own = [question for question in rehearsed.questions if not question["triggered_by"][0].endswith(":more")]
    asked = [question for question in own if not question["triggered_by"][0].startswith("conflict:")]
    assert len(asked) <= BUDGET[rehearsed.held["depth"]] + 1


def test_it_asks_which_counts_and_what_is_at_stake_once(rehearsed: Rehearsed) -> None:
    triggers = [question["triggered_by"][0] for question in rehearsed.questions]
    assert triggers.count("precedence") == 1
    assert [question["slot"] for question in rehearsed.questions].count("stakes") == 1


def test_the_card_has_a_goal_invariants_and_non_goals_and_is_signed(rehearsed: Rehearsed) -> None:
    card = rehearsed.anchor
    assert len(card["goal"].split()) >= 6
    assert not card["goal"].endswith("St.")
    assert card["signed_by"] == "owner"
    assert 2 <= len(card["invariants"]) <= 5
    assert card["non_goals"]
    for invariant in card["invariants"]:
        assert any(fact["label"] == invariant["fact"] and fact["quote"] == invariant["quote"] for fact in rehearsed.facts)


def test_a_line_about_the_document_itself_is_not_read_back(rehearsed: Rehearsed) -> None:
    read_back = [question["text"] for question in rehearsed.questions if question["triggered_by"][0].startswith("document:")]
    assert read_back
    assert not [text for text in read_back if "Written for" in text or "draft 3" in text or "version of" in text]


@pytest.mark.parametrize(
    ("name", "pair", "loser"),
    [
        ("clinic", ("Our no-show rate in 2018 was 8 %", "12 %"), "8 %"),
        ("clinic", ("until 24 hours before", "cancels at 8 in the morning"), None),
        ("energy-report", ("sent by 09:00", "at seven at the latest"), "09:00"),
        ("dose-pump", ("in three seconds", "at most five"), "three seconds"),
    ],
)
def test_the_contradiction_of_a_sample_is_found_and_settled(
    alice: User, purse: UnmeteredPurse, name: str, pair: tuple[str, str], loser: str | None
) -> None:
    found = rehearse(name, alice, purse)
    [dispute] = [
        conflict
        for conflict in found.conflicts
        if any(pair[0] in quote for quote in conflict["quotes"]) and any(pair[1] in quote for quote in conflict["quotes"])
    ]
    assert dispute["resolution"] != "open"
    assert dispute["decided"]
    if loser:
        assert any(loser in quote for quote in dispute["loser"])


def test_no_sample_has_a_contradiction_that_is_none(rehearsed: Rehearsed) -> None:
    assert len(rehearsed.conflicts) == {"Clinic booking desk": 2, "Morning energy report": 1}.get(rehearsed.held["title"], 1)


def test_a_soft_answer_of_the_clinic_is_probed_and_superseded(alice: User, purse: UnmeteredPurse) -> None:
    found = rehearse("clinic", alice, purse)
    assert any(
        question["triggered_by"][0].startswith("vague:") and "Should be fast" in question["text"] for question in found.questions
    )
    [soft] = [fact for fact in found.facts if fact["quote"] == "Should be fast"]
    assert soft["state"] == "superseded"


def test_what_was_put_off_in_the_clinic_is_put_off(alice: User, purse: UnmeteredPurse) -> None:
    assert rehearse("clinic", alice, purse).topics["R16"] == "deferred"


def test_no_name_of_a_number_of_the_clinic_is_in_a_quote(alice: User, purse: UnmeteredPurse) -> None:
    found = rehearse("clinic", alice, purse)
    assert not [fact for fact in found.facts if "3920047" in fact["quote"]]
    assert any("3920047" in answer["text"] for answer in found.answers), "the owner still reads what was said"


def test_an_interview_without_an_open_question_cannot_be_rehearsed(alice: User, purse: UnmeteredPurse) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Tools")
    interview.questions.update(state="withdrawn")
    with pytest.raises(rehearsing.NothingAsked):
        rehearsing.rehearse(interview, [], brief="We lend tools.", purse=purse)


def test_a_brief_alone_is_enough_to_come_to_an_end(alice: User, purse: UnmeteredPurse) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Tools", depth="quick")
    turns: list[str] = []
    rehearsing.rehearse(
        interview,
        [],
        brief="We lend tools. I want a list of who has what.",
        purse=purse,
        on_turn=lambda question, text: turns.append(text),
    )
    assert interview.state == "closed"
    assert turns[0].startswith("We lend tools.")
    assert set(turns[1:]) == {"I don't know."}
