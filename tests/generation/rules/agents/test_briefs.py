"""Interviews that hold little or hold odd things: the brief alone, tables, blanks, and what was taken out before sharing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generation.calls.requirements import REQUIREMENTS
from generation.calls.vision import VISION
from generation.rules.agents.language import flat
from generation.rules.agents.people import cast, mentions
from generation.rules.agents.sentences import sentences
from generation.rules.content import Evidence, RequirementsInput, RequirementsPart, TestsPart, VisionInput, VisionPart

Decide = Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]
Rough = Callable[..., Evidence]

LAUNDRY = (
    "We wash linen for nine hotels. They phone until midnight and I write it down at four in the morning. "
    "I want them to order themselves. Nothing may be ordered after three."
)


def statements(required: RequirementsPart) -> list[str]:
    return [row.statement for row in required.requirements if row.kind == "functional"]


def test_the_wish_of_a_brief_alone_becomes_a_requirement(rough: Rough, decide: Decide) -> None:
    _, required, _ = decide(rough("Linen desk", [("V1", LAUNDRY)]))
    assert any("let a hotel order" in text for text in statements(required))


def test_a_rule_of_a_brief_alone_becomes_a_requirement_with_the_hour_as_an_assumption(rough: Rough, decide: Decide) -> None:
    vision, required, _ = decide(rough("Linen desk", [("V1", LAUNDRY)]))
    (rule,) = [row for row in required.requirements if "order anything after 03:00" in row.statement]
    assert rule.statement.startswith("If ")
    assert rule.rules == [vision.rules[0].id]
    (hour,) = [row for row in required.assumptions if row.id in rule.assumptions]
    assert "03:00" in hour.text
    assert hour.owner
    assert hour.trigger


def test_an_hour_said_among_words_of_the_day_is_read_as_afternoon(rough: Rough, decide: Decide) -> None:
    brief = "We cook for six schools. They ring before noon. I want them to order online. Nothing may be changed after three."
    _, required, _ = decide(rough("Meal desk", [("V1", brief)]))
    assert any("after 15:00" in text for text in statements(required))


def test_a_thin_brief_passes_the_checks_of_its_calls(rough: Rough, decide: Decide) -> None:
    evidence = rough("Linen desk", [("V1", LAUNDRY)])
    vision, required, _ = decide(evidence)
    assert VISION.check(VisionInput(evidence=evidence), vision) == []
    assert REQUIREMENTS.check(RequirementsInput(evidence=evidence, vision=vision), required) == []


@pytest.mark.parametrize(
    ("brief", "role"),
    [
        ("We wash linen for nine hotels. They phone at night.", "hotel"),
        ("We are a choir of 48. I never know who comes, they tell me too late.", "choir member"),
        ("I repair about forty pianos a year.", "user"),
    ],
)
def test_they_are_whom_the_brief_says_it_serves(rough: Rough, brief: str, role: str) -> None:
    assert cast(rough("Desk", [("V1", brief)])).primary == role


def test_things_asked_for_in_a_brief_are_its_parts_when_nobody_lists_a_release(rough: Rough, decide: Decide) -> None:
    brief = "We heat 30 greenhouses by hand. I want a plan per house and a warning when it is too cold."
    _, required, _ = decide(rough("Heating", [("V1", brief)]))
    assert {row.capability for row in required.requirements if row.kind == "functional"} >= {"Plan per house", "Warning"}


def test_cells_of_a_table_do_not_grow_together_to_one_role() -> None:
    assert mentions("approve own team | clerk | everything, nurse") == ["clerk", "nurse"]
    assert mentions("the ward nurse rings") == ["ward nurse"]


def test_what_was_taken_out_of_an_answer_is_named_and_not_rebuilt() -> None:
    assert flat("Ask [person-1] at [email-2].") == "Ask a named person at an e-mail address."
    assert flat("The key is [[SECRET:password:3]].") == "The key is (secret taken out)."


def test_nothing_is_built_on_a_sentence_with_a_blank_or_a_secret(rough: Rough) -> None:
    told = [("R7", "It sends mail to {{ address }}. The password is [[SECRET:password:1]]. It writes a file every hour.")]
    assert [s.unsure for s in sentences(rough("Desk", told))] == [True, True, False]
