"""Following the words of an answer into the fact, the requirement and the test."""

from __future__ import annotations

from typing import Any

import pytest

from generation.rules import threads
from generation.rules.threads import Piece, Scenario, Voice

ANSWER = (
    "Someone cancels at 8. The first one on the list who fits gets a text, has half an hour to say yes, otherwise the next one. "
    "Whoever has waited longest comes first."
)
QUOTE = "The first one on the list who fits gets a text, has half an hour to say yes"
REQUIREMENT: dict[str, Any] = {
    "id": "REQ-016",
    "statement": (
        "If the first one on the list who fits does not say yes within 30 minutes, then the Desk shall turn to the next one."
    ),
    "evidence": [
        {"fact": "F-161", "answer": "A-031", "quote": QUOTE},
        {"fact": "F-162", "answer": "A-031", "quote": "the next one"},
    ],
    "verified_by": ["TC-031"],
}
FACTS: dict[str, dict[str, Any]] = {
    "F-161": {"slot": "deadline", "attribute": "deadline", "op": "<=", "value": 30, "unit": "min"},
    "F-162": {"slot": "recovery", "attribute": "recovery", "op": None, "value": None, "unit": None},
}
FEATURE = """Feature: Waiting list

  @TC-031 @P1 @REQ-016
  Scenario: The next one gets the chance
    Given the Desk holds the list
    When the first one on the list who fits does not say yes within 30 minutes
    Then the Desk turns to the next one
"""


@pytest.fixture
def scenario() -> Scenario:
    return threads.scenarios({"features/waiting.feature": FEATURE})["TC-031"]


def follow(scenario: Scenario | None, **changed: Any) -> threads.Trace:
    return threads.trace({**REQUIREMENT, **changed}, {"A-031": ANSWER}, FACTS, scenario, "Desk")


def marked(*voices: Voice) -> dict[int, str]:
    return {piece.thread: piece.text for voice in voices for piece in voice.pieces if piece.thread}


def whole(voice: Voice) -> str:
    return "".join(piece.text for piece in voice.pieces)


def test_words_are_found_in_the_answer_the_statement_and_the_test(scenario: Scenario) -> None:
    found = follow(scenario)
    assert found.decided
    assert marked(*found.said) == {1: "first one on the list who fits", 2: "half an hour", 3: "next one"}
    assert marked(found.required) == {1: "first one on the list who fits", 2: "30 minutes", 3: "next one"}
    assert marked(found.decided) == {1: "first one on the list who fits", 2: "30 minutes", 3: "next one"}


def test_a_figure_that_was_read_out_of_words_carries_their_thread(scenario: Scenario) -> None:
    noted = follow(scenario).noted
    assert whole(noted[0]) == f"Deadline: {QUOTE}, read as at most 30 min"
    assert marked(noted[0])[2] == "at most 30 min"


def test_nothing_of_what_was_said_is_changed(scenario: Scenario) -> None:
    found = follow(scenario)
    assert found.decided
    assert whole(found.said[0]) == ANSWER
    assert whole(found.required) == REQUIREMENT["statement"]
    assert whole(found.decided) == scenario.text


def test_each_marked_word_leads_to_the_next_place_and_the_last_one_back(scenario: Scenario) -> None:
    found = follow(scenario)
    assert found.decided
    voices = [*found.said, *found.noted, found.required, found.decided]
    pieces = {piece.id: piece for voice in voices for piece in voice.pieces if piece.thread}
    way, here = [], "said-2"
    for _ in range(4):
        way.append(here)
        here = pieces[here].href
    assert (way, here) == (["said-2", "noted-2", "required-2", "test-2"], "said-2")
    assert [pieces[name].came_from for name in way] == ["", *way[:3]]


def test_a_thread_without_a_test_leads_back_from_the_requirement() -> None:
    found = follow(None)
    assert found.decided is None
    assert {piece.href for piece in found.required.pieces if piece.thread} == {"said-1", "said-2", "said-3"}


def test_the_name_of_the_system_is_no_thread() -> None:
    quote = "The Desk is what we want"
    row = {
        **REQUIREMENT,
        "statement": "The Desk shall keep a log.",
        "evidence": [{"fact": "F-1", "answer": "A-1", "quote": quote}],
    }
    found = threads.trace(row, {"A-1": quote}, {}, None, "Desk")
    assert marked(found.required) == {}
    assert marked(*found.said) == {1: quote}


def test_a_quote_that_is_not_in_the_answer_is_not_shown_as_said() -> None:
    found = threads.trace(REQUIREMENT, {"A-031": "Something else was said."}, FACTS, None)
    assert (found.said, found.noted) == ((), ())
    assert whole(found.required) == REQUIREMENT["statement"]


def test_a_long_answer_is_cut_between_words_and_shows_the_cut() -> None:
    text = f"{'before ' * 60}exactly 5 people may wait{' after' * 60}"
    pieces = threads.quoted(text, [(1, "exactly 5 people")])
    assert pieces[0].text.startswith("… before ")
    assert pieces[-1].text.endswith(" after …")
    assert pieces[1] == Piece("exactly 5 people", 1)
    assert sum(len(piece.text) for piece in pieces) < 300


def test_the_requirement_with_a_figure_and_a_test_shows_the_way_best(scenario: Scenario) -> None:
    plain = follow(None)
    rule = follow(scenario, statement="The Desk shall keep BR-01: the next one.")
    assert threads.best([plain, rule, follow(scenario)]) == follow(scenario)
    assert threads.best([]) is None


def test_scenarios_are_read_by_their_test_id(scenario: Scenario) -> None:
    assert (scenario.title, scenario.path) == ("The next one gets the chance", "features/waiting.feature")
    assert scenario.text.splitlines()[0] == "Given the Desk holds the list"
    assert [piece.text for piece in scenario.pieces if piece.is_keyword] == ["Given", "When", "Then"]


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("When a week ends, the Desk shall send a list.", ["When", "the Desk shall"]),
        ("If a file is late, then the Desk shall say so.", ["If", "then the Desk shall"]),
        ("The Desk shall keep every word.", ["The Desk shall"]),
    ],
)
def test_the_keywords_of_a_statement_are_told_apart(text: str, strong: list[str]) -> None:
    pieces = threads.statement(text)
    assert [part for is_strong, part in pieces if is_strong] == strong
    assert "".join(part for _, part in pieces) == text
