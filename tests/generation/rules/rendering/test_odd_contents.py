"""Small and odd contents: nothing empty, nothing broken by a pipe, a backtick or a tag in a name."""

from __future__ import annotations

import json
import re

import pytest
from gherkin.parser import Parser

from generation.rules import assembling, checking, rendering
from generation.rules.content import Content, Edge, Element, Parts, ProseSection
from generation.rules.rendering import diagrams, pages, phrases

ODD = 'Pumps | "twin" `x` <b>bold</b> # 100 % *star* [link](x)'


@pytest.fixture
def small_parts(clinic_parts: Parts) -> Parts:
    """One requirement, one story, and nothing that need not be."""
    parts = clinic_parts
    parts.vision.outcomes, parts.vision.counter_metrics, parts.vision.journeys = [], [], []
    parts.vision.rules, parts.vision.constraints, parts.vision.terms, parts.vision.unused = [], [], [], []
    parts.vision.permissions.roles, parts.vision.permissions.rows = [], []
    parts.vision.anchor.invariants, parts.vision.anchor.non_goals = [], []
    parts.requirements.requirements = parts.requirements.requirements[:1]
    only = parts.requirements.requirements[0]
    only.journeys, only.rules, only.assumptions = [], [], []
    parts.requirements.assumptions, parts.requirements.open_questions = [], []
    parts.tests.tests = [test for test in parts.tests.tests if test.id in ("TC-001", "TC-002")]
    parts.architecture.entities, parts.architecture.adrs, parts.architecture.technology = [], [], []
    parts.architecture.elements = [Element(id="CMP-booking", type="component", name="Booking", views=["blocks"])]
    parts.architecture.edges, parts.architecture.trust_boundaries = [], []
    parts.architecture.satisfies = parts.architecture.satisfies[:1]
    parts.architecture.satisfies[0].by = ["CMP-booking"]
    story = parts.backlog.stories[0]
    story.req_ids, story.tc_ids, story.open_questions, story.depends_on, story.tasks = (
        ["REQ-001"],
        ["TC-001", "TC-002"],
        [],
        [],
        [],
    )
    parts.backlog.stories, parts.backlog.epics, parts.backlog.slices = [story], parts.backlog.epics[:1], parts.backlog.slices[:1]
    parts.risks.risks, parts.risks.figures = [], []
    evidence = parts.evidence
    evidence.conflicts, evidence.sources, evidence.anchor = [], [], None
    evidence.facts = [fact for fact in evidence.facts if fact["id"] in ("F-040", "F-056", "F-061")]
    evidence.answers = [answer for answer in evidence.answers if answer["id"] in ("A-012", "A-019", "A-020")]
    evidence.questions = [question for question in evidence.questions if question["id"] in ("Q-012", "Q-019", "Q-020", "Q-021")]
    for row in evidence.topics:
        row["ref"] = None
        row["facts"] = [label for label in row["facts"] if label in ("F-040", "F-056", "F-061")]
    return parts


@pytest.fixture
def small(small_parts: Parts) -> Content:
    return assembling.assemble(small_parts)


def test_a_small_content_says_none_in_words_and_shows_no_empty_table(small: Content) -> None:
    for path, text in rendering.render_all(small, []).items():
        if not path.endswith(".md"):
            continue
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if line.startswith("| ---"):
                assert lines[number + 1].startswith("|"), f"{path}: an empty table"
        assert "None" not in re.sub(r"\bNone(?:\.| was| were| beyond)", "", text), path


def test_a_small_content_passes_every_check_but_those_about_unwritten_sections(small: Content) -> None:
    results = checking.blocking(checking.check(small, rendering.render_all(small, [])))
    assert [result for result in results if result.code != "SECTION"] == []
    assert all("been written" in result.message or "Thin" in result.message for result in results)


def test_a_section_nobody_wrote_says_so_and_a_check_stops_it(content: Content) -> None:
    text = rendering.render(content, "docs/vision.md", [])
    assert pages.NOT_WRITTEN in text
    codes = {(result.code, result.where) for result in checking.blocking(checking.check(content, {"docs/vision.md": text}))}
    assert ("SECTION", "docs/vision.md") in codes


def test_an_unanswered_question_stands_in_the_interview(small: Content) -> None:
    text = rendering.render(small, "evidence/interview.md", [])
    assert "## Q-021" in text
    assert "Not answered." in text


def test_an_answer_whose_question_was_taken_back_is_kept(content: Content) -> None:
    content.evidence.questions = [row for row in content.evidence.questions if row["id"] != "Q-018"]
    text = rendering.render(content, "evidence/interview.md", [])
    assert "## A-018" in text
    assert "> Two. If they need more they ring us" in text


@pytest.fixture
def odd(clinic_parts: Parts) -> Content:
    """Names as somebody might really give them."""
    parts = clinic_parts
    parts.evidence.title = ODD
    parts.vision.customer = ODD
    parts.vision.terms[0].meaning = ODD
    parts.vision.rules[0].text = f"{ODD}\nand a second line"
    parts.vision.permissions.roles[0] = "patient | guest"
    for entity in parts.architecture.entities:
        entity.crud[0].role = "patient | guest"
    parts.requirements.assumptions[0].text = ODD
    parts.architecture.elements[0].name = ODD
    parts.architecture.edges[0].label = ODD
    parts.architecture.adrs[0].title = ODD
    parts.architecture.adrs[0].options[0].name = parts.architecture.adrs[0].chosen = 'The "plain" <one>'
    parts.tests.tests[0].title = ODD
    parts.tests.features[0].narrative = "@tag\nScenario: not one\n# no comment"
    parts.backlog.stories[0].title = "=SUM(A1:A9)"
    parts.evidence.answers[0]["text"] = "First line | with a pipe\n\n# not a heading\nTODO: <script>alert(1)</script> F-999 S-77"
    for fact in [fact for fact in parts.evidence.facts if fact["source"] == "A-000"]:
        fact["quote"] = "First line | with a pipe"
    for row in parts.requirements.requirements:
        for grounds in row.evidence:
            if grounds.answer == "A-000":
                grounds.quote = "First line | with a pipe"
    return assembling.assemble(parts)


def test_odd_names_break_no_table(odd: Content, prose: list[ProseSection]) -> None:
    for path, text in rendering.render_all(odd, prose).items():
        if not path.endswith(".md"):
            continue
        width = 0
        for line in text.splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert width in (0, cells), f"{path}: {line}"
            width = cells


def test_odd_names_pass_every_blocking_check(odd: Content, prose: list[ProseSection]) -> None:
    files = rendering.render_all(odd, prose)
    found = [(result.code, result.where, result.message) for result in checking.blocking(checking.check(odd, files))]
    assert found == []


def test_words_of_people_are_not_held_to_our_style_but_shown_as_text(odd: Content) -> None:
    text = rendering.render(odd, "evidence/interview.md", [])
    assert "\\<script>" in text
    assert re.findall(r"^# (.+)$", text, re.MULTILINE) == ["Interview"]


def test_odd_names_leave_features_readable(odd: Content) -> None:
    text = rendering.render(odd, "features/booking.feature", [])
    parsed = Parser().parse(text)
    assert len(parsed["feature"]["children"]) == 10


def test_a_cell_of_the_csv_is_never_a_formula(odd: Content) -> None:
    assert "'=SUM(A1:A9)" in rendering.render(odd, "backlog/backlog.csv", [])


def test_a_label_cannot_leave_its_quotation_marks(odd: Content) -> None:
    source = diagrams.diagram(odd, "context")
    for line in source.splitlines()[1:]:
        assert line.count('"') == 2
        assert "`" not in line


def test_headings_in_written_words_do_not_become_sections(content: Content) -> None:
    written = [ProseSection(document="docs/vision.md", heading="Why now", text="## Scope\nBecause.\n```\n## kept\n")]
    text = rendering.render(content, "docs/vision.md", written)
    assert text.count("\n## Scope\n") == 1
    assert "**Scope**" in text
    assert text.rstrip().endswith("```")


def test_an_element_without_a_view_makes_no_diagram(content: Content) -> None:
    content.elements = [element for element in content.elements if "context" not in element.views]
    content.edges = [edge for edge in content.edges if edge.view != "context"]
    assert "diagrams/context.mmd" not in rendering.documents(content)
    assert "flowchart LR" not in rendering.render(content, "docs/architecture.md", [])


def test_an_arrow_to_an_external_system_is_drawn(content: Content) -> None:
    content.edges.append(Edge(view="context", source="SYS-booking-desk", target="EXT-ordinata", label='asks "now?"'))
    assert 'SYS-booking-desk -->|"asks #quot;now?#quot;"| EXT-ordinata' in diagrams.diagram(content, "context")


def test_coverage_counts_topics_by_state(small: Content) -> None:
    summary = json.loads(rendering.render(small, "evidence/coverage.json", []))["summary"]
    assert summary == {"confirmed": 19, "sufficient": 17, "assumed": 8, "deferred": 2, "n/a": 1}


@pytest.mark.parametrize(
    ("value", "said"),
    [(14500, "14,500"), (0.07, "0.07"), (2.0, "2"), ("about 4", "about 4"), (0, "0"), (1251.5, "1,251.5")],
)
def test_numbers_read_as_people_write_them(value: float | str, said: str) -> None:
    assert phrases.number(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-12-01", "1 December 2027"),
        ("2026-11-20T10:00:00Z", "20 November 2026"),
        ("31 May 2027", "31 May 2027"),
        ("2027-13-01", "2027-13-01"),
        ("2027-12-01 or later", "2027-12-01 or later"),
    ],
)
def test_dates_read_as_people_write_them(text: str, said: str) -> None:
    assert phrases.day(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-20T10:00:00.123456+00:00", "2026-11-20T10:00:00Z"),
        ("2026-11-20T11:00:00+01:00", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00Z"),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_have_one_form(text: str | None, said: str | None) -> None:
    assert phrases.moment(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("practice manager", "the practice manager"),
        ("IT administrator", "the IT administrator"),
        ("partners' meeting", "the partners' meeting"),
        ("Anna", "Anna"),
        ("the board", "the board"),
        ("practice manager, who asks the vendor", "the practice manager"),
    ],
)
def test_a_role_gets_its_article(text: str, said: str) -> None:
    assert phrases.person(text) == said


def test_a_stray_code_fence_a_link_and_an_empty_label_hide_nothing(content: Content, prose: list[ProseSection]) -> None:
    content.risks[0].title = "``` pump"
    content.risks[1].title = "``` valve"
    content.requirements[0].fit.unit = "[l](y)"
    next(edge for edge in content.edges if edge.view == "blocks").label = ""
    results = checking.blocking(checking.check(content, rendering.render_all(content, prose)))
    assert [(result.code, result.where) for result in results] == []
