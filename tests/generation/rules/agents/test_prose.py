"""The written sections without a model: within their contract for any evidence, with quotes as they fell and gaps said aloud."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from generation.calls.prose import PROSE
from generation.rules.agents.architecture import architect
from generation.rules.agents.backlog import planner
from generation.rules.agents.prose import WRITERS, write_prose
from generation.rules.agents.prose.checking import check_prose
from generation.rules.agents.risks import pessimist
from generation.rules.content import (
    ArchitectureInput,
    BacklogInput,
    Evidence,
    Parts,
    ProseInput,
    RequirementsPart,
    RisksInput,
    TestsPart,
    VisionPart,
)
from generation.rules.contracts import all_contracts, prose_headings, written_documents
from llm import prompting

Decide = Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]
Rough = Callable[..., Evidence]

LITTLE = {
    "one wish": [("V1", "A list of who waters the plants.")],
    "nothing known": [("V1", "I don't know.")],
    "other letters": [("V1", "数据 und Äpfel | <b>fett</b> # nicht"), ("R1", "Żółw sieht alles.")],
}


def whole(evidence: Evidence, vision: VisionPart, requirements: RequirementsPart, tests: TestsPart) -> Parts:
    drawing = ArchitectureInput(evidence=evidence, vision=vision, requirements=requirements, tests=tests)
    working = BacklogInput(**dict(drawing), architecture=architect(drawing))
    warning = RisksInput(**dict(working), backlog=planner(working))
    return Parts(**dict(warning), risks=pessimist(warning))


@pytest.fixture(scope="module", params=["by hand", "clinic", *LITTLE])
def parts(request: pytest.FixtureRequest, exemplar_parts: Parts, clinic: Evidence, rough: Rough, decide: Decide) -> Parts:
    if request.param == "by hand":
        return exemplar_parts
    evidence = clinic if request.param == "clinic" else rough(f"Garden «{request.param}»", LITTLE[request.param])
    return whole(evidence, *decide(evidence))


def written(parts: Parts, document: str) -> dict[str, str]:
    return {s.heading: s.text for s in write_prose(ProseInput(document=document, parts=parts)).sections}


@pytest.mark.parametrize("document", list(WRITERS))
def test_each_document_passes_its_own_check_and_is_the_same_twice(parts: Parts, document: str) -> None:
    given = ProseInput(document=document, parts=parts)
    output = write_prose(given)
    assert check_prose(given, output) == []
    assert write_prose(given) == output
    assert [s.heading for s in output.sections] == prose_headings(document)


def test_every_document_with_written_sections_has_a_writer() -> None:
    assert sorted(WRITERS) == sorted(written_documents())


@pytest.mark.parametrize("document", list(WRITERS))
def test_the_prompt_tells_the_writer_of_every_section_and_its_length(exemplar_parts: Parts, document: str) -> None:
    asked = prompting.render(prompting.load(PROSE), ProseInput(document=document, parts=exemplar_parts)).user.split("<input>")[0]
    for section in (s for s in all_contracts()[document].sections if s.is_written):
        least, most = section.words
        assert re.search(rf"\*\*{re.escape(section.heading)}\*\* \({least} to {most} words", asked), section.heading


class TestTheClinic:
    def test_the_brief_opens_with_the_largest_number_in_raw_words(self, exemplar_parts: Parts) -> None:
        assert '"Around 240 calls a day over the three sites" [A-001]' in written(exemplar_parts, "BRIEF.md")["Who and problem"]

    def test_the_brief_names_the_way_back_and_the_acceptance(self, exemplar_parts: Parts) -> None:
        brief = written(exemplar_parts, "BRIEF.md")
        assert (
            'The way back: "we take the ONLINE blocks away and everything is as before" [A-034].'
            in brief["What it costs and risks"]
        )
        assert "[A-035]" in brief["How we will know"]

    def test_the_vision_says_who_is_left_out(self, exemplar_parts: Parts) -> None:
        users = written(exemplar_parts, "docs/vision.md")["Users, stakeholders, non-users"]
        assert 'Not users: "Doctors no, they look at Ordinata and that\'s it" [A-002].' in users
        assert "| Patient | about 14,500 [A-020] |" in users

    def test_the_goals_stand_in_the_owners_order(self, exemplar_parts: Parts) -> None:
        goals = written(exemplar_parts, "docs/architecture.md")["1. Introduction and goals"]
        rows = [line for line in goals.splitlines() if re.match(r"\| \d", line)]
        assert [row.split('"')[1] for row in rows][:2] == ["never two people in one slot", "nobody reads what isn't theirs"]
        assert 'What is given up: "Speed comes after all that" [A-037]' in goals

    def test_every_rule_of_the_build_instructions_cites_its_source(self, exemplar_parts: Parts) -> None:
        rules = written(exemplar_parts, "AGENTS.md")["Rules"].splitlines()
        assert 3 <= len(rules) <= 12
        assert all(re.match(r"\d+\. (?:MUST|NEVER) .+ \((?:[A-Z]+-[\w-]+(?:, )?)+\)$", rule) for rule in rules)

    def test_a_neighbour_gets_a_row_with_what_happens_when_it_fails(self, exemplar_parts: Parts) -> None:
        table = written(exemplar_parts, "docs/requirements.md")["External interfaces"]
        assert any(row.startswith("| Ordinata |") and "REQ-007" in row for row in table.splitlines())


def test_a_gap_is_said_aloud(rough: Rough, decide: Decide) -> None:
    evidence = rough("Garden", LITTLE["one wish"])
    parts = whole(evidence, *decide(evidence))
    assert "Nobody has named a date" in written(parts, "docs/vision.md")["Why now"]
    assert written(parts, "docs/requirements.md")["External interfaces"].startswith("None were named.")
    assert "Nobody has named a budget yet." in written(parts, "BRIEF.md")["What it costs and risks"]


class TestTheCheckBites:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("Nobody knows [assumption].", "name the assumption"),
            ("See REQ-999 for it.", "REQ-999, which does not exist"),
            ("It costs 123456 euros.", "the number 123456"),
            ("A robust thing.", "fits any project"),
            ("## Sub\n\ntext", "heading of its own"),
            ("TBD", "placeholder"),
            ("word " * 400, "at most"),
        ],
    )
    def test_on_what_may_not_stand_there(self, exemplar_parts: Parts, text: str, fault: str) -> None:
        given = ProseInput(document="BRIEF.md", parts=exemplar_parts)
        output = write_prose(given)
        output.sections[3].text = text
        assert any(fault in found for found in check_prose(given, output))

    def test_on_a_missing_section(self, exemplar_parts: Parts) -> None:
        given = ProseInput(document="README.md", parts=exemplar_parts)
        output = write_prose(given)
        output.sections.clear()
        assert check_prose(given, output) == ['the section "Introduction" is missing']

    def test_on_a_rule_without_a_source(self, exemplar_parts: Parts) -> None:
        given = ProseInput(document="AGENTS.md", parts=exemplar_parts)
        output = write_prose(given)
        output.sections[1].text += "\n13. MUST be kind to everybody who reads it."
        assert check_prose(given, output) == ["the rule cites no id: 13. MUST be kind to everybody who reads it."]


def test_statements_are_counted_in_words(rough: Rough, decide: Decide) -> None:
    """A figure of our own would be one that nobody said, and the check of numbers would stop the package."""
    said = "We lose 40 tools per month. They get lost. Nobody knows who has them. People wait for weeks. The list is never right."
    evidence = rough("Desk", [("V1", said)])
    evidence.facts[0].update(value=40, unit="tools")
    text = written(whole(evidence, *decide(evidence)), "docs/vision.md")["Problem and evidence"]
    assert re.search(r"Of these (three|four|five) statements one is counted", text), text
    assert set(re.findall(r"\d+", re.sub(r"\[[^\]]*\]", "", text))) <= {"40"}
