"""Parts become one content, with links both ways."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from generation.rules import assembling
from generation.rules.content import Content, Edge, Parts, Story, Test


def test_it_links_requirements_with_tests_components_and_stories(content: Content, exemplar: dict[str, str]) -> None:
    rows = {
        line.split(" | ")[0].strip("| "): line for line in exemplar["trace/matrix.md"].splitlines() if line.startswith("| REQ-")
    }
    assert len(rows) == 29
    for row in content.requirements:
        if row.id in rows:
            for label in [*row.verified_by, *row.satisfied_by, *row.stories]:
                assert label in rows[row.id]


def test_it_takes_acceptance_texts_from_the_tests(content: Content, exemplar: dict[str, str]) -> None:
    by_hand = {story["id"]: story for story in json.loads(exemplar["backlog/backlog.json"])["stories"]}
    for story in content.stories:
        assert [criterion.model_dump() for criterion in story.acceptance] == by_hand[story.id]["acceptance"]
        assert story.plain == by_hand[story.id]["plain"]


def test_it_copies_the_threshold_of_a_measured_test_from_its_requirement(content: Content) -> None:
    threshold = content.test("TC-053").threshold
    assert threshold is not None
    assert (threshold.op, threshold.value, threshold.unit) == ("<=", 2, "s")
    assert content.test("TC-001").threshold is None


def test_it_names_the_stories_an_open_question_blocks(content: Content) -> None:
    blocks = {question.id: question.blocks for question in content.open_questions}
    assert blocks["OQ-04"] == ["ST-08", "ST-16", "ST-18"]
    assert blocks["OQ-02"] == []


def test_it_reads_allowed_calls_from_the_arrows_when_they_are_not_given(clinic_parts: Parts) -> None:
    booking = next(element for element in clinic_parts.architecture.elements if element.id == "CMP-access")
    booking.may_call = None
    found = next(element for element in assembling.assemble(clinic_parts).elements if element.id == "CMP-access")
    assert found.may_call == ["CMP-messages"]


def test_it_leaves_out_features_without_a_scenario(clinic_parts: Parts) -> None:
    clinic_parts.tests.features[0].slug = "empty"
    moved = [test for test in clinic_parts.tests.tests if test.feature == "booking"]
    for test in moved:
        test.feature = "calendar"
    assert "empty" not in {feature.slug for feature in assembling.assemble(clinic_parts).features}


def _twice(parts: Parts) -> None:
    parts.requirements.requirements[1].id = "REQ-001"


def _nobody(parts: Parts) -> None:
    parts.requirements.requirements[0].evidence[0].fact = "F-999"


def _no_component(parts: Parts) -> None:
    parts.architecture.satisfies[0].by = ["CMP-nowhere"]


def _no_feature(parts: Parts) -> None:
    parts.tests.tests[0].feature = "nowhere"


def _no_steps(parts: Parts) -> None:
    parts.tests.tests[0].steps = []


def _no_slice(parts: Parts) -> None:
    parts.backlog.stories[0].slice = "SL-9"


def _no_test(parts: Parts) -> None:
    parts.backlog.stories[0].tc_ids.append("TC-999")


def _no_option(parts: Parts) -> None:
    parts.architecture.adrs[0].chosen = "Something else"


def _stray_arrow(parts: Parts) -> None:
    parts.architecture.edges.append(Edge(view="blocks", source="CMP-booking", target="CMP-messages", label="asks"))


def _short_row(parts: Parts) -> None:
    parts.vision.permissions.rows[0].cells.pop()


def _figure_from_nothing(parts: Parts) -> None:
    parts.risks.figures[0].sources = ["F-998"]


def _empty_epic(parts: Parts) -> None:
    parts.backlog.epics[5].id = "EP-9"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_twice, "REQ-001 is given 2 times"),
        (_nobody, "REQ-001 names the fact F-999"),
        (_no_component, "names the component or decision CMP-nowhere"),
        (_no_feature, "TC-001 stands in the feature nowhere"),
        (_no_steps, "TC-001 is a scenario without steps"),
        (_no_slice, "names the slice SL-9"),
        (_no_test, "names the test TC-999"),
        (_no_option, "ADR-0001 chooses an option that it does not list"),
        (_stray_arrow, "an arrow that is not an allowed call"),
        (_short_row, "has 4 cells for 5 roles"),
        (_figure_from_nothing, "FIG-01 names the record F-998"),
        (_empty_epic, "The epic EP-9 holds no story"),
    ],
)
def test_it_names_each_reference_into_nothing_in_words(clinic_parts: Parts, change: Callable[[Parts], None], said: str) -> None:
    change(clinic_parts)
    with pytest.raises(assembling.AssemblyFailed) as caught:
        assembling.assemble(clinic_parts)
    assert any(said in fault for fault in caught.value.faults)
    assert caught.value.permanent


def test_it_keeps_the_sentence_for_a_person_short(clinic_parts: Parts) -> None:
    for test in clinic_parts.tests.tests:
        test.feature = "nowhere" if test.method == "scenario" else test.feature
    with pytest.raises(assembling.AssemblyFailed) as caught:
        assembling.assemble(clinic_parts)
    assert len(caught.value.faults) > 50
    assert "more." in str(caught.value)
    assert len(str(caught.value)) < 1200


def _story(**words: str) -> Story:
    given = {"role": "desk assistant", "want": "to see the list.", "benefit": "so that I can ring them."} | words
    return Story(
        id="ST-01",
        epic="EP-1",
        slice="SL-1",
        title="t",
        kind="story",
        size_days=1,
        depends_on=[],
        req_ids=[],
        tc_ids=[],
        open_questions=[],
        tasks=[],
        done_when="d",
        **given,
    )


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("desk assistant", "As a desk assistant I want to see the list, so that I can ring them."),
        ("IT administrator", "As an IT administrator I want to see the list, so that I can ring them."),
        ("operator", "As an operator I want to see the list, so that I can ring them."),
        ("user", "As a user I want to see the list, so that I can ring them."),
        ("the owner", "As an owner I want to see the list, so that I can ring them."),
    ],
)
def test_a_story_reads_as_one_sentence(role: str, said: str) -> None:
    assert assembling.sentence(_story(role=role)) == said


def test_a_scenario_keeps_tables_and_examples_in_their_place() -> None:
    test = Test(
        id="TC-001",
        title="A  slot\nis shown",
        method="scenario",
        covers=[],
        procedure=None,
        feature="x",
        steps=["Given a list", "| a | b |", "When it opens", 'Then it shows\n"""\nraw\n"""', "Examples: two", "| n |", "| 1 |"],
        outline=True,
    )
    assert assembling.scenario(test).splitlines() == [
        "  Scenario Outline: A slot is shown",
        "    Given a list",
        "      | a | b |",
        "    When it opens",
        "    Then it shows",
        '      """',
        "      raw",
        '      """',
        "",
        "    Examples: two",
        "      | n |",
        "      | 1 |",
    ]
