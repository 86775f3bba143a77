"""Each check catches the mutation meant for it, and the exemplar has none of these faults."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from generation.rules import checking, rendering
from generation.rules.content import Content, Edge, Element, Fit, Grounds, LinkedRequirement, ProseSection

Files = dict[str, str]
Change = Callable[[Content, Files], None]


def test_the_exemplar_has_no_fault(content: Content, files: Files) -> None:
    results = checking.check(content, files)
    assert checking.blocking(results) == []
    assert [(result.code, result.where) for result in results] == [("LEVEL", "NFR-AVA-02")]


def test_the_finished_package_has_no_fault(content: Content, package: Files) -> None:
    assert checking.blocking(checking.check(content, package)) == []


# --- files that somebody changed ----------------------------------------------------------------------------------------


def _swap(path: str, old: str, new: str) -> Change:
    def change(content: Content, files: Files) -> None:
        assert old in files[path], old
        files[path] = files[path].replace(old, new, 1)

    return change


def _without(path: str) -> Change:
    def change(content: Content, files: Files) -> None:
        del files[path]

    return change


def _drop_last_line(path: str) -> Change:
    def change(content: Content, files: Files) -> None:
        files[path] = "".join(files[path].splitlines(keepends=True)[:-1])

    return change


def _swap_sections(content: Content, files: Files) -> None:
    text = files["docs/vision.md"]
    files["docs/vision.md"] = (
        text.replace("## Scope", "## X").replace("## Constraints", "## Scope").replace("## X", "## Constraints")
    )


def _thin(content: Content, files: Files) -> None:
    before, after = files["docs/architecture.md"].split("## 4. Solution strategy")
    files["docs/architecture.md"] = f"{before}## 4. Solution strategy\n\nAs usual.\n\n## 5.{after.split('## 5.', 1)[1]}"


CHANGED_FILES: list[tuple[str, str, Change]] = [
    ("a scenario loses a tag", "GHERKIN", _swap("features/booking.feature", "@TC-007 @P1 @REQ-005", "@TC-007 @P1")),
    ("a scenario gets the wrong priority", "GHERKIN", _swap("features/booking.feature", "@TC-007 @P1", "@TC-007 @P2")),
    ("a scenario is gone", "GHERKIN", _swap("features/booking.feature", "  @TC-007 @P1 @REQ-005\n", "  @TC-006 @P1 @REQ-005\n")),
    ("a feature no longer parses", "PARSE", _swap("features/booking.feature", "  Scenario: Two", "  Scenarioo Two")),
    ("a second When slips in", "GHERKIN", _swap("features/booking.feature", "    Then exactly 1", "    When exactly 1")),
    ("a number in the brief drifts", "NUMBER", _swap("BRIEF.md", "about 759 euros a month", "about 795 euros a month")),
    ("a number in the vision drifts", "NUMBER", _swap("docs/vision.md", "about 160 (FIG-01)", "about 167 (FIG-01)")),
    ("an arc42 section goes", "SECTION", _swap("docs/architecture.md", "## 7. Deployment view", "## 7. Hosting")),
    ("an arc42 section is thin", "SECTION", _thin),
    ("two sections change places", "SECTION", _swap_sections),
    (
        "an ADR option loses its con",
        "MADR",
        _swap("adr/0003-code-by-text.md", '* Bad, because "they forget', '* Neutral: "they forget'),
    ),
    ("an ADR loses a section", "MADR", _swap("adr/0001-one-application.md", "## Decision drivers", "## Drivers")),
    ("an ADR has no status", "MADR", _swap("adr/0001-one-application.md", "status: accepted", "status: maybe")),
    ("an ADR is not in the index", "MADR", _swap("adr/README.md", "(0001-one-application.md)", "(0001-two.md)")),
    ("an ADR chooses what it does not list", "MADR", _swap("adr/0001-one-application.md", 'option: "One', 'option: "Two')),
    ("a diagram shows an unknown box", "DIAGRAM", _swap("diagrams/container.mmd", "| CMP-database", "| CMP-cache")),
    ("an arrow loses its label", "DIAGRAM", _swap("diagrams/container.mmd", '-->|"reads and writes"|', "-->")),
    ("a link breaks", "LINK", _swap("README.md", "(BRIEF.md)", "(BRIEFING.md)")),
    ("a link points to no heading", "LINK", _swap("README.md", "(docs/vision.md)", "(docs/vision.md#nowhere)")),
    ("a named file is not there", "LINK", _swap("AGENTS.md", "under `features/`", "under `docs/nowhere.md`")),
    ("a placeholder stays", "PLACEHOLDER", _swap("docs/vision.md", "## Why now", "TODO\n\n## Why now")),
    (
        "a secret leaks",
        "SECRET",
        _swap("docs/vision.md", "## Why now", "key: " + "sk-ant-" + "api03-" + "Ab1" * 31 + "\n\n## Why now"),
    ),
    ("a fact disappears", "ANSWERS", _drop_last_line("evidence/facts.jsonl")),
    ("an answer is polished", "ANSWERS", _swap("evidence/interview.md", "the phone is killing us", "the phone is too busy")),
    ("an unknown id is named", "ID_UNKNOWN", _swap("docs/architecture.md", "[A-037]", "[A-937]")),
    ("a stock phrase slips in", "STOCK", _swap("docs/vision.md", "The phone is the bottleneck.", "A robust, seamless phone.")),
    ("an assumption has no id", "ASSUMPTION", _swap("BRIEF.md", "[assumption ASM-05]", "[assumption]")),
    ("an assumption leaves the index", "ASSUMPTION", _swap("docs/risks-assumptions.md", "| ASM-05 |", "| ASM-5 |")),
    ("a test leaves the plan", "TEST", _swap("docs/test-plan.md", "| TC-007 |", "| TC-7 |")),
    ("the pointer grows", "POINTER", _swap("CLAUDE.md", "@AGENTS.md", "@AGENTS.md and be nice")),
    ("a rule cites nothing", "RULE", _swap("AGENTS.md", "(REQ-005, ADR-0001)", "")),
    ("the table differs from the backlog", "CSV", _swap("backlog/backlog.csv", "ST-01,EP-1,SL-1", "ST-01,EP-1,SL-2")),
    ("the backlog differs from the content", "RENDER", _swap("backlog/backlog.json", '"total_days": 75', '"total_days": 57')),
    ("the model does not fit its schema", "SCHEMA", _swap(".specstep/model.json", '"ears": "event"', '"ears": "evnet"')),
    ("the model is not JSON", "SCHEMA", _swap(".specstep/model.json", "{", "")),
    (
        "a requirement is rewritten by hand",
        "RENDER",
        _swap("docs/requirements.md", "Nobody can hold more than two", "No one has"),
    ),
    ("open decisions leave the brief", "OPEN", _swap("BRIEF.md", "## Open decisions", "## Open decisions\n\n## More")),
    ("a must quality requirement leaves section 10", "ARC42", _swap("docs/architecture.md", "| NFR-AVA-01 |", "| NFR-AVA |")),
    ("a section was never written", "SECTION", _swap("docs/vision.md", "Two of seven", "Nothing has been written here. Two")),
    ("a diagram is not in any document", "DIAGRAM", _without("docs/architecture.md")),
]


@pytest.mark.parametrize(("name", "code", "change"), CHANGED_FILES, ids=[name for name, _, _ in CHANGED_FILES])
def test_it_catches_a_changed_file(name: str, code: str, change: Change, content: Content, files: Files) -> None:
    change(content, files)
    found = [result for result in checking.check(content, files) if result.code == code]
    assert found, name
    assert all(result.message and result.fix and result.where for result in found)


# --- contents that are wrong -------------------------------------------------------------------------------------------


def _requirement(content: Content, label: str = "REQ-004") -> LinkedRequirement:
    return content.requirement(label)


def _polish(content: Content, files: Files) -> None:
    next(fact for fact in content.evidence.facts if fact["id"] == "F-065")["quote"] = "Ordinata always wins"


def _say(statement: str, label: str = "REQ-004") -> Change:
    def change(content: Content, files: Files) -> None:
        _requirement(content, label).statement = statement

    return change


def _foreign_quote(content: Content, files: Files) -> None:
    _requirement(content).evidence[0].quote = "They must see it at once"


def _superseded_ground(content: Content, files: Files) -> None:
    old = next(fact for fact in content.evidence.facts if fact["id"] == "F-047")
    _requirement(content).evidence.append(Grounds(fact="F-047", answer=old["source"], quote=old["quote"]))


def _groundless(content: Content, files: Files) -> None:
    _requirement(content).evidence, _requirement(content).assumptions = [], []


def _circle(content: Content, files: Files) -> None:
    next(story for story in content.stories if story.id == "ST-01").depends_on = ["ST-13"]


def _later_slice(content: Content, files: Files) -> None:
    next(story for story in content.stories if story.id == "ST-01").depends_on = ["ST-18"]
    next(story for story in content.stories if story.id == "ST-18").depends_on = []


def _one_criterion(content: Content, files: Files) -> None:
    content.stories[0].acceptance = content.stories[0].acceptance[:1]


def _huge(content: Content, files: Files) -> None:
    content.stories[0].size_days = 9


def _unbuilt(content: Content, files: Files) -> None:
    _requirement(content).stories = []


def _blocked_start(content: Content, files: Files) -> None:
    content.stories[0].open_questions = ["OQ-01"]


def _no_negative(content: Content, files: Files) -> None:
    for cover in content.test("TC-006").covers:
        cover.sign = "+"


def _untested(content: Content, files: Files) -> None:
    for test in content.tests:
        test.covers = [cover for cover in test.covers if cover.req != "REQ-027"] or test.covers[:1]
    for label in ("TC-051", "TC-052"):
        content.test(label).covers[0].req = "REQ-001"


def _threshold(content: Content, files: Files) -> None:
    threshold = content.test("TC-053").threshold
    assert threshold
    threshold.value = 3


def _layers(content: Content, files: Files) -> None:
    next(element for element in content.elements if element.id == "CMP-booking").may_call = ["CMP-calendar"]


def _no_component(content: Content, files: Files) -> None:
    _requirement(content).satisfied_by = ["ADR-0002"]


def _duplicate(content: Content, files: Files) -> None:
    _requirement(content, "REQ-005").statement = _requirement(content).statement.upper().replace("SHALL", "shall")


def _wrong_sum(content: Content, files: Files) -> None:
    content.figures[0].value = 161


def _idle_answer(content: Content, files: Files) -> None:
    label = "A-018"
    facts = {fact["id"] for fact in content.evidence.facts if fact["source"] == label}
    next(row for row in content.evidence.topics if row["id"] == "R4")["weight"] = 3
    for row in content.requirements:
        row.evidence = [grounds for grounds in row.evidence if grounds.fact not in facts]
    for figure in content.figures:
        figure.sources = [source for source in figure.sources if source not in facts]
    for outcome in content.outcomes:
        outcome.facts = [fact for fact in outcome.facts if fact not in facts]
    for assumption in content.assumptions:
        assumption.basis = [fact for fact in assumption.basis if fact not in facts]
    for rule in content.rules:
        rule.facts = [fact for fact in rule.facts if fact not in facts]


def _unused_fact(content: Content, files: Files) -> None:
    content.unused = []


def _ownerless(content: Content, files: Files) -> None:
    content.assumptions[0].owner = " "


def _undated(content: Content, files: Files) -> None:
    content.open_questions[0].due = ""


def _open_conflict(content: Content, files: Files) -> None:
    content.evidence.conflicts[0]["resolution"] = "open"


def _wrong_conflict(content: Content, files: Files) -> None:
    content.evidence.conflicts[0]["quotes"][0] = "Something else"


def _uncounted(content: Content, files: Files) -> None:
    content.evidence.topics[0]["facts"].append("F-990")


def _unsettled(content: Content, files: Files) -> None:
    content.evidence.topics[0]["state"] = "partial"


def _put_off(content: Content, files: Files) -> None:
    next(row for row in content.evidence.topics if row["state"] == "deferred")["owner"] = None


def _lost_fact(content: Content, files: Files) -> None:
    next(fact for fact in content.evidence.facts if fact["id"] == "F-047")["superseded_by"] = "F-991"


def _halfway(content: Content, files: Files) -> None:
    content.evidence.facts[0]["status"] = "superseded"


def _invented_invariant(content: Content, files: Files) -> None:
    content.anchor.invariants[0].quote = "One slot for one person"


def _twice(content: Content, files: Files) -> None:
    content.risks[1].id = "RSK-01"


def _wordy(content: Content, files: Files) -> None:
    _requirement(content).plain = "After " + "a word and " * 12 + "the patient sees the number."


def _crowd(content: Content, files: Files) -> None:
    for number in range(20):
        label = f"CMP-more-{number}"
        content.elements.append(Element(id=label, type="container", name=label, views=["container"]))
        content.edges.append(Edge(view="container", source="CMP-web", target=label, label="uses"))


WRONG_CONTENTS: list[tuple[str, str, Change]] = [
    ("a quote is polished", "QUOTE", _polish),
    ("a requirement quotes what nobody said", "EVIDENCE", _foreign_quote),
    ("a requirement rests on a superseded fact", "EVIDENCE", _superseded_ground),
    ("a requirement rests on nothing", "EVIDENCE", _groundless),
    ("an invariant nobody said", "EVIDENCE", _invented_invariant),
    (
        "a vague word enters a must",
        "SMELL",
        _say("When a patient confirms, the Booking Desk shall show the number in a timely manner."),
    ),
    (
        "the EARS form is broken",
        "EARS",
        _say("If two patients confirm the same slot the Booking Desk shall give it to the first."),
    ),
    ("two shalls", "SINGULAR", _say("When a patient confirms, the Booking Desk shall store it and it shall show the number.")),
    ("a statement is too short", "LENGTH", _say("The Booking Desk shall keep it.")),
    (
        "technology in a statement",
        "LEVEL",
        _say("When a patient confirms, the Booking Desk shall send JSON to the page within 2 s."),
    ),
    (
        "a name outside the glossary",
        "TERM",
        _say("When a patient confirms, the Booking Desk shall tell Zanzibar Central within 2 s."),
    ),
    ("a plain sentence is too long", "PLAIN", _wordy),
    ("a requirement is there twice", "DUPLICATE", _duplicate),
    ("a must has no negative test", "TEST", _no_negative),
    ("a requirement has no test", "TEST", _untested),
    ("a threshold differs from its requirement", "THRESHOLD", _threshold),
    ("stories depend in a circle", "DAG", _circle),
    ("a story needs a later slice", "DAG", _later_slice),
    ("a story has one criterion", "STORY", _one_criterion),
    ("a story is too large", "STORY", _huge),
    ("a must is in no story", "STORY", _unbuilt),
    ("the first slice has to wait", "STORY", _blocked_start),
    ("modules call each other in a circle", "LAYERS", _layers),
    ("no component carries a requirement", "TRACE", _no_component),
    ("a diagram is too full", "DIAGRAM", _crowd),
    ("a figure does not compute", "FIGURE", _wrong_sum),
    ("a weighty answer leads nowhere", "CLOSURE", _idle_answer),
    ("a fact is used nowhere", "CLOSURE", _unused_fact),
    ("an assumption has no owner", "ASSUMPTION", _ownerless),
    ("an open question has no date", "OPEN", _undated),
    ("a conflict is open", "CONFLICT", _open_conflict),
    ("a conflict quotes what nobody said", "CONFLICT", _wrong_conflict),
    ("a topic counts a fact that is not there", "COVERAGE", _uncounted),
    ("a weighty topic is not settled", "COVERAGE", _unsettled),
    ("a topic is put off without an owner", "COVERAGE", _put_off),
    ("a fact is superseded by nothing", "FACT", _lost_fact),
    ("a fact is half superseded", "FACT", _halfway),
    ("an id is given twice", "ID_TWICE", _twice),
]
WARNINGS = {"LENGTH", "LEVEL", "TERM", "PLAIN", "CONFLICT", "COVERAGE", "DAG", "STORY", "DIAGRAM", "CLOSURE"}
"""Codes whose results need not block."""


@pytest.mark.parametrize(("name", "code", "change"), WRONG_CONTENTS, ids=[name for name, _, _ in WRONG_CONTENTS])
def test_it_catches_a_wrong_content(name: str, code: str, change: Change, content: Content, prose: list[ProseSection]) -> None:
    change(content, {})
    found = [result for result in checking.check(content, rendering.render_all(content, prose)) if result.code == code]
    assert found, name
    assert code in WARNINGS or any(result.blocking for result in found)


def test_every_code_that_exists_is_shown_by_a_mutation() -> None:
    shown = {code for _, code, _ in CHANGED_FILES} | {code for _, code, _ in WRONG_CONTENTS}
    assert len(CHANGED_FILES) + len(WRONG_CONTENTS) >= 25
    assert {"BUDGET", "MATRIX"} & shown == set()  # these two have tests of their own below


def test_it_counts_the_words_of_a_document_against_its_budget(content: Content, files: Files) -> None:
    files["BRIEF.md"] += "\nword" * 100
    assert [result.where for result in checking.check(content, files) if result.code == "BUDGET"] == ["BRIEF.md"]


def test_it_compares_trace_and_matrix_with_the_records(content: Content, package: Files) -> None:
    trace = json.loads(package["trace/trace.json"])
    trace["links"] = [link for link in trace["links"] if link["to"] != "TC-007"]
    package["trace/trace.json"] = json.dumps(trace)
    package["trace/matrix.md"] = package["trace/matrix.md"].replace("TC-008", "TC-8")
    codes = {result.code for result in checking.blocking(checking.check(content, package))}
    assert {"TRACE", "MATRIX"} <= codes


@pytest.mark.parametrize(
    ("formula", "value", "right"),
    [
        ("9 x 139", 1251, True),
        ("9 x 139", 1250, False),
        ("240 x 2/3", 160, True),
        ("260 x 40 %", 104, True),
        ("(900 - 180) / 8,274, rounded down", 0.087, True),
        ("(900 - 180) / 8,274, rounded down", 0.088, False),
        ("104 / 3, rounded up", 35, True),
        ("104 / 3, rounded up", 34, False),
        ("sum of 18 story sizes", 75, True),
        ("1 / 0", 75, True),
        ("7 + ", 75, True),
    ],
)
def test_it_computes_figures_again_where_the_formula_is_arithmetic(
    formula: str, value: float, right: bool, content: Content, files: Files
) -> None:
    content.figures[0].formula, content.figures[0].value = formula, value
    wrong = [result for result in checking.check(content, files) if result.code == "FIGURE"]
    assert (wrong == []) is right


def test_the_month_of_may_is_not_a_verb(content: Content, prose: list[ProseSection]) -> None:
    row = content.requirement("REQ-004")
    row.statement = "When a patient confirms a slot in May 2027, the Booking Desk shall show its booking number within 2 s."
    row.fit = Fit(measure=row.fit.measure, op="<=", value=2, unit="s", at=row.fit.at)
    results = checking.check(content, rendering.render_all(content, prose))
    assert [result for result in results if result.code == "SMELL"] == []


def test_blocking_results_come_first(content: Content, files: Files) -> None:
    files["BRIEF.md"] += "\nword" * 100 + "\nTODO"
    results = checking.check(content, files)
    assert results[0].blocking
    assert not results[-1].blocking
