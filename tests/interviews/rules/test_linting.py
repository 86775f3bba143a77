from __future__ import annotations

import pytest

from interviews.rules.linting import lint, same_question


def test_a_plain_question_has_no_faults() -> None:
    checked = lint("How long may it be down on a busy day before it really hurts?")
    assert checked.faults == ()
    assert checked.record == {"words": 14, "compound": False, "ids": False, "dup_of": None}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Tell me about it", "does not end"),
        ("Who decides and when does it start?", "two things"),
        ("Who decides? When does it start?", "two things"),
        ("Does REQ-014 still hold?", "label"),
        ("Is F-031 right?", "label"),
        ("Wouldn't you agree that it is good?", "suggests"),
        ("Surely it must be fast?", "suggests"),
        ("Who are the stakeholders?", "specialists"),
        ("What latency do you need?", "specialists"),
        (" ".join(["word"] * 31) + "?", "31 words"),
    ],
)
def test_it_says_what_is_wrong_with_a_question(text: str, fault: str) -> None:
    assert any(fault in said for said in lint(text).faults)


def test_it_names_the_question_it_repeats() -> None:
    checked = lint("Who decides at the end whether it is accepted?", [("Q-003", "Who decides at the end whether it's accepted?")])
    assert checked.record["dup_of"] == "Q-003"
    assert "It was asked before." in checked.faults


def test_the_same_words_in_another_case_are_the_same_question() -> None:
    assert same_question("Who pays?", "who pays?")


def test_two_questions_about_different_things_are_not_the_same() -> None:
    assert not same_question("How many patients are there per day?", "How many slots are there per doctor?")


def test_two_sentences_with_one_question_are_not_two_questions() -> None:
    assert not lint("You said “about forty”. There is also “about sixty”. Which holds?").compound
