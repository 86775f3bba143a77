"""Interviews that hold little or hold odd things: the brief alone, tables, blanks, and what was taken out before sharing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from generation.rules.agents.backlog import _NO_TELLER
from generation.rules.agents.drafting import plain
from generation.rules.agents.gaps import _when
from generation.rules.agents.language import flat, trim
from generation.rules.agents.outcomes import first_date
from generation.rules.agents.people import cast, mentions
from generation.rules.agents.rulebook import _answered
from generation.rules.agents.scope import capabilities
from generation.rules.agents.sentences import sentences, split
from generation.rules.agents.soundness import check_requirements, check_vision
from generation.rules.agents.vision import excluded
from generation.rules.content import Evidence, RequirementsInput, RequirementsPart, TestsPart, VisionInput, VisionPart

Decide = Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]
Rough = Callable[..., Evidence]

EMPTY: dict[str, Any] = {
    "title": "Desk",
    "profile": "lean",
    "depth": "quick",
    "language": "en",
    "stakes": "internal",
    "frozen_at": "2026-11-20T10:00:00Z",
    "anchor": None,
    **{name: [] for name in ("questions", "answers", "facts", "conflicts", "topics", "sources")},
}
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
    assert check_vision(VisionInput(evidence=evidence), vision) == []
    assert check_requirements(RequirementsInput(evidence=evidence, vision=vision), required) == []


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
    assert flat("Ask [person-1] at [email-2].") == "Ask somebody at an e-mail address."
    assert flat("The key is [[SECRET:password:3]].") == "The key is (secret taken out)."


def test_nothing_is_built_on_a_sentence_with_a_blank_or_a_secret(rough: Rough) -> None:
    told = [("R7", "It sends mail to {{ address }}. The password is [[SECRET:password:1]]. It writes a file every hour.")]
    assert [s.unsure for s in sentences(rough("Desk", told))] == [True, True, False]


# --- how it reads ------------------------------------------------------------------------------------------------------------

GREENHOUSE = [
    (
        "V1",
        "We run a nursery. I want growers to book a bench and see the plan. About 40 benches are booked twice a year.",
    ),
    ("V2", "Growers, the foreman, and me. Our data protection officer signs off."),
    (
        "V3",
        "Calls down to 10 a day by the end of June 2027. If a new grower waits longer than today I have failed.",
    ),
    ("V6", "Book a bench, cancel a booking, watering plan. Not in: shop, no payments."),
    ("R1", "Growers see only their own benches. The foreman marks a bench as broken. Only I change prices."),
    ("R2", "Take Ines. At six in the morning Ines opens the page, picks a bench, sees the price, confirms and gets a code."),
    (
        "R3",
        "If the sensor is silent for ten minutes, show the last value with its age. If the tap fails, tell me.",
    ),
    ("R4", "Nobody may book two benches. A booking lasts at most 30 days. Bookings end at noon."),
    ("R14", "It has to be secure."),
    ("R5", "A bench has a number, a length and a lamp. It sends its state every 5 seconds."),
]


@pytest.fixture(scope="module")
def nursery(rough: Rough, decide: Decide) -> tuple[VisionPart, RequirementsPart, TestsPart]:
    return decide(rough("Bench desk", GREENHOUSE))


def test_no_two_requirements_have_the_same_reason_unless_it_says_so(
    nursery: tuple[VisionPart, RequirementsPart, TestsPart],
) -> None:
    reasons = [row.rationale for row in nursery[1].requirements]
    repeated = {text for text in reasons if reasons.count(text) > 1 and not text.startswith("It belongs to ")}
    assert not repeated
    assert not any(nursery[0].anchor.goal.rstrip(".") in text for text in reasons)


def test_what_is_left_out_is_named_without_the_words_that_leave_it_out() -> None:
    people = cast(Evidence.model_validate(EMPTY))
    assert excluded("Not in it: gift cards, no vouchers", people) == ["gift cards", "vouchers"]
    assert excluded("Forecasting is not in it", people) == ["forecasting"]
    assert excluded("We will NOT steer the valve from the page, that would be another class", people) == [
        "steer the valve from the page"
    ]


def test_a_counter_metric_is_a_case_to_count_with_no_case_allowed(
    nursery: tuple[VisionPart, RequirementsPart, TestsPart],
) -> None:
    (metric,) = nursery[0].counter_metrics
    assert metric.measure == "Cases in which a new grower waits longer than today"
    assert metric.limit == "none"


def test_the_end_of_a_quarter_is_its_last_day() -> None:
    assert str(first_date("by the end of the second quarter 2027")) == "2027-06-30"
    assert str(first_date("End of the fourth quarter of 2027")) == "2027-12-31"


def test_a_question_and_a_word_become_a_rule_only_where_they_fit() -> None:
    assert _answered("Which list is right when two differ? Ours, always.") == "Ours always is right when two differ."
    assert _answered("Who may make an exception? Two.") == ""
    assert _answered("How many benches at most? Two.") == "How many benches at most? Two."


def test_a_long_conditional_is_told_in_two_sentences_and_never_breaks_off() -> None:
    told = plain(
        "If the sensor in the far house has been silent for ten minutes, the Bench Desk shows the last known value with its age "
        "in red and waters no bench there.",
        "",
    )
    assert told.startswith("The sensor in the far house has been silent for ten minutes. Then the Bench Desk shows")


def test_a_put_off_decision_is_due_at_a_time_and_not_at_a_sentence() -> None:
    when, told = _when("The growers talk about the fee in March, ask me after that meeting")
    assert when == "in March"
    assert told.startswith("The growers talk")
    assert _when("after the May meeting") == ("after the May meeting", "")


def test_a_journey_is_titled_by_what_is_done_and_not_by_the_hour(
    nursery: tuple[VisionPart, RequirementsPart, TestsPart],
) -> None:
    assert nursery[0].journeys[0].title == "Ines opens the page"


def test_days_and_languages_are_no_terms(rough: Rough, decide: Decide) -> None:
    told = [("V1", "We open on Monday and close on Friday. I speak German and use Plantra for orders in May. Ask for Plantra.")]
    terms = {term.term for term in decide(rough("Desk", told))[0].terms}
    assert "Plantra" in terms
    assert not terms & {"Monday", "Friday", "German", "May"}


def test_a_matter_of_protection_goes_to_whoever_protects_data(
    nursery: tuple[VisionPart, RequirementsPart, TestsPart],
) -> None:
    owners = {row.owner for row in nursery[1].assumptions if "Secure means" in row.text}
    assert owners == {"data protection officer"}


def test_a_role_that_only_contains_the_word_team_may_tell_a_story() -> None:
    assert not _NO_TELLER.search("team lead")
    assert _NO_TELLER.search("the delivery team")


def parts(told: list[tuple[str, str]], rough: Rough) -> list[str]:
    return [part.words for part in capabilities(sentences(rough("Desk", told)))]


def test_what_stands_below_the_heading_out_is_not_in_the_release(rough: Rough) -> None:
    told = [("V6", "## In\n- submit a request\n- monthly report\n\n## Out\n- payroll\n- recruiting")]
    assert parts(told, rough) == ["submit a request", "monthly report"]


def test_two_acts_on_one_thing_are_two_parts(rough: Rough) -> None:
    assert parts([("V6", "Order lunch, cancel lunch, list for the door.")], rough) == [
        "order lunch",
        "cancel lunch",
        "list for the door",
    ]


def test_a_list_that_lost_its_line_breaks_is_still_a_list() -> None:
    text = "- Nobody approves their own request - A request goes on after 3 days - Holiday is never negative"
    assert [text[start:end] for start, end in split(text)] == [
        "Nobody approves their own request",
        "A request goes on after 3 days",
        "Holiday is never negative",
    ]
    assert len(split("We open at 8 - and close at 6 - on all days")) == 1


def test_a_part_named_in_another_language_is_quoted_and_asked_about(rough: Rough, decide: Decide) -> None:
    told = [
        (
            "V1",
            "Wir reparieren Klaviere in zwei Werkstätten. Das Telefon klingelt und wir kommen nicht zum Arbeiten.",
        ),
        ("V6", "Termin buchen, Status sehen. Nicht drin: Bezahlen."),
    ]
    _, required, _ = decide(rough("Werkstatt", told))
    own = statements(required)
    assert any('"termin buchen"' in text for text in own)
    assert not any("ezahlen" in text for text in own)
    assert any("termin buchen" in row.text for row in required.open_questions)


def test_a_rule_that_begins_with_no_keeps_its_no(rough: Rough, decide: Decide) -> None:
    vision, _, _ = decide(rough("Desk", [("R4", "No repair starts before the customer has said yes.")]))
    assert vision.rules[0].text == "No repair starts before the customer has said yes."
    assert trim("No, we open at nine.") == "we open at nine"


def test_what_may_not_be_is_never_called_allowed(rough: Rough, decide: Decide) -> None:
    _, required, _ = decide(rough("Desk", [("R4", "Holiday may not be negative.")]))
    assert any("holiday must not be negative" in text for text in statements(required))


def test_clauses_that_tell_a_story_are_no_parts_of_the_release(rough: Rough) -> None:
    told = [("V6", "First estimates, then the wall list. The customer brings it, nobody knew, that is when it breaks down.")]
    assert not [words for words in parts(told, rough) if words.startswith(("nobody", "that", "customer"))]
