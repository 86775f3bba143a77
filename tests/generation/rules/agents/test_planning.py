"""Architecture, backlog and risks without a model: they pass their own checks for any evidence, and say what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.calls.architecture import ARCHITECTURE
from generation.calls.backlog import BACKLOG
from generation.calls.risks import RISKS
from generation.rules.agents.backlog import DEEPEST, LARGEST, planner
from generation.rules.agents.coherence import check_architecture, check_backlog, check_risks, circle
from generation.rules.content import (
    ArchitectureInput,
    ArchitecturePart,
    BacklogInput,
    BacklogPart,
    Cover,
    Evidence,
    Parts,
    Requirement,
    RequirementsPart,
    RisksInput,
    RisksPart,
    Satisfaction,
    TestsPart,
    VisionPart,
)
from generation.rules.content import Test as Case

Decide = Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]
Rough = Callable[..., Evidence]
Planned = tuple[RisksInput, ArchitecturePart, BacklogPart, RisksPart]

LIBRARY = [
    ("V1", "We lend tools to neighbours. 40 loans a week, and a third of the tools come back late."),
    ("V6", "Lend, return, remind. No sales."),
    ("V7", "6,000 euros at most. One developer. It has to run on 1 March 2027."),
    ("R1", "Members see their own loans. The keeper sees all loans and closes a loan."),
    ("R2", "Olu opens the page on a Sunday, picks a drill, sees when it is free, and takes it for a week."),
    ("R4", "Nobody takes more than 3 tools at once. A tool is never lent to two people at the same time."),
    ("R7", "The cash box is Zettle. It sends a list of payments every night."),
    ("R9", "An e-mail two days before a tool is due."),
    ("A7", "No passwords please, a code by e-mail."),
    ("A8", "A rented server in Austria."),
    ("R22", "Lend, then return, then remind."),
]
LONELY = [("V1", "Ich möchte eine Liste für Äpfel."), ("R1", "Żółw darf alles sehen.")]
CASES: dict[str, list[tuple[str, str]]] = {"library": LIBRARY, "lonely": LONELY, "silent": [("V1", "I don't know.")]}


def plan(vision: VisionPart, requirements: RequirementsPart, tests: TestsPart, evidence: Evidence) -> Planned:
    drawing = ArchitectureInput(evidence=evidence, vision=vision, requirements=requirements, tests=tests)
    architecture = ARCHITECTURE.offline(drawing)
    working = BacklogInput(**dict(drawing), architecture=architecture)
    backlog = BACKLOG.offline(working)
    warning = RisksInput(**dict(working), backlog=backlog)
    return warning, architecture, backlog, RISKS.offline(warning)


@pytest.fixture(scope="module", params=["clinic, by hand", "clinic, offline", *CASES])
def planned(request: pytest.FixtureRequest, exemplar_parts: Parts, clinic: Evidence, rough: Rough, decide: Decide) -> Planned:
    if request.param == "clinic, by hand":
        parts = exemplar_parts
        return plan(parts.vision, parts.requirements, parts.tests, parts.evidence)
    evidence = clinic if request.param == "clinic, offline" else rough(f"The {request.param} desk «ß»", CASES[request.param])
    return plan(*decide(evidence), evidence)


@pytest.fixture(scope="module")
def by_hand(exemplar_parts: Parts) -> Planned:
    return plan(exemplar_parts.vision, exemplar_parts.requirements, exemplar_parts.tests, exemplar_parts.evidence)


def test_what_they_decide_passes_their_own_checks(planned: Planned) -> None:
    given_, architecture, backlog, risks = planned
    assert check_architecture(given_, architecture) == []  # type: ignore[arg-type]  # an input for later has all fields of an earlier one
    assert check_backlog(given_, backlog) == []  # type: ignore[arg-type]
    assert check_risks(given_, risks) == []


def test_they_decide_the_same_twice(planned: Planned) -> None:
    given_, *decided = planned
    again = plan(given_.vision, given_.requirements, given_.tests, given_.evidence)
    assert list(again[1:]) == decided


def test_every_requirement_is_carried_by_a_component_and_every_must_stands_in_a_story(planned: Planned) -> None:
    given_, architecture, backlog, _ = planned
    components = {e.id for e in architecture.elements if e.id.startswith("CMP-")}
    carried = {s.req for s in architecture.satisfies if components & set(s.by)}
    assert {r.id for r in given_.requirements.requirements} == carried
    musts = {r.id for r in given_.requirements.requirements if r.priority == "must"}
    assert musts <= {r for s in backlog.stories for r in s.req_ids}


def test_a_decision_that_nobody_spoke_of_is_only_proposed(rough: Rough, decide: Decide) -> None:
    evidence = rough("Apples", LONELY)
    _, architecture, _, _ = plan(*decide(evidence), evidence)
    assert {adr.status for adr in architecture.adrs} == {"proposed"}
    assert all("Nobody has said anything" in adr.context for adr in architecture.adrs)


class TestTheClinic:
    def test_ordinata_is_a_neighbour_and_gives_a_file(self, by_hand: Planned) -> None:
        _, architecture, _, _ = by_hand
        assert {e.name for e in architecture.elements if e.type == "external"} == {"Ordinata", "Message provider"}
        edges = [
            (e.source, e.target, e.label)
            for e in architecture.edges
            if e.view == "context" and "EXT-ordinata" in (e.source, e.target)
        ]
        assert edges == [("EXT-ordinata", "SYS-booking-desk", "file every 10 minutes")]

    def test_the_portal_that_was_weighed_is_an_option_with_the_reason_against_it(self, by_hand: Planned) -> None:
        bad = [o.bad for adr in by_hand[1].adrs for o in adr.options if "portal" in o.name]
        assert bad == [
            ['the owner has weighed it: "139 euros per doctor and month, and then the patients belong to them" [A-006]']
        ]

    def test_what_was_asked_for_is_chosen(self, by_hand: Planned) -> None:
        chosen = [adr.chosen for adr in by_hand[1].adrs]
        assert "A code sent each time, no password" in chosen
        assert "Rented servers in Germany" in chosen
        assert any(name.startswith("Divide:") for name in chosen)

    def test_technology_holds_only_what_was_named_and_nothing_is_called_verified(self, by_hand: Planned) -> None:
        rows = {row.name: row for row in by_hand[1].technology}
        assert set(rows) == {"Python", "Linux", "Firefox"}
        assert all((row.state, row.checked, row.source) == ("unverified", None, None) for row in rows.values())

    def test_the_slices_follow_the_owners_order(self, by_hand: Planned) -> None:
        titles = " | ".join(s.title for s in by_hand[2].slices)
        places = [
            titles.index(name)
            for name in ("Walking skeleton", "Find and book", "Cancel", "Desk", "Waiting list", "Ready to open")
        ]
        assert places == sorted(places)

    def test_the_walking_skeleton_goes_through_pages_rules_and_exchange(self, by_hand: Planned) -> None:
        given_, architecture, backlog, _ = by_hand
        first = backlog.stories[0]
        by = {s.req: s.by for s in architecture.satisfies}
        reached = {c for r in first.req_ids for c in by[r]}
        assert {"CMP-patient-pages", "CMP-find-and-book", "CMP-ordinata-exchange"} <= reached
        assert first.open_questions == []
        assert given_.vision.journeys[0].title in first.title

    def test_stories_wait_for_the_questions_their_assumptions_name(self, by_hand: Planned) -> None:
        _, _, backlog, _ = by_hand
        waiting = {q for s in backlog.stories if "REQ-007" in s.req_ids for q in s.open_questions}
        assert waiting == {"OQ-05"}

    @pytest.mark.parametrize(
        ("value", "unit", "formula"),
        [
            (160, "calls/day", "240 x 2/3"),
            (31, "appointments/day", "260 x 12 %, rounded"),
            (1251, "EUR/month", "9 x 139"),
            (351, "EUR/month", "1,251 - 900"),
            (5460, "messages/month", "260 x 21 days"),
            (0.164, "EUR/message", "900 / 5,460, rounded down"),
        ],
    )
    def test_arithmetic_finds_what_nobody_said(self, by_hand: Planned, value: float, unit: str, formula: str) -> None:
        assert (value, unit, formula) in {(f.value, f.unit, f.formula) for f in by_hand[3].figures}

    def test_the_budget_is_divided_by_the_estimate(self, by_hand: Planned) -> None:
        _, _, backlog, risks = by_hand
        days = sum(s.size_days for s in backlog.stories)
        [rate] = [f for f in risks.figures if f.name.startswith("highest day rate")]
        assert (rate.value, rate.sources[0]) == (68_000 // days, "F-028")

    def test_what_the_owner_fears_is_a_risk_in_raw_words(self, by_hand: Planned) -> None:
        titles = [r.title for r in by_hand[3].risks]
        assert '"That Ordinata doesn\'t play along" [A-009]' in titles


class TestTheChecksBite:
    def test_a_circle_of_calls(self, by_hand: Planned) -> None:
        given_, architecture, _, _ = by_hand
        broken = architecture.model_copy(deep=True)
        low = next(e for e in broken.elements if e.id == "CMP-messages")
        low.may_call = ["CMP-patient-pages"]
        assert any("circle" in fault for fault in check_architecture(given_, broken))  # type: ignore[arg-type]

    def test_an_option_without_a_price(self, by_hand: Planned) -> None:
        given_, architecture, _, _ = by_hand
        broken = architecture.model_copy(deep=True)
        broken.adrs[0].options[1].bad = []
        assert any("something bad" in fault for fault in check_architecture(given_, broken))  # type: ignore[arg-type]

    def test_an_empty_cell(self, by_hand: Planned) -> None:
        given_, architecture, _, _ = by_hand
        broken = architecture.model_copy(deep=True)
        broken.entities[0].crud[0].rights = ""
        assert any("letters of CRUD" in fault for fault in check_architecture(given_, broken))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"size_days": LARGEST + 1}, "days"),
            ({"depends_on": ["ST-20"]}, "circle"),
            ({"req_ids": []}, "no requirement"),
            ({"tc_ids": ["TC-001"]}, "acceptance criteria"),
            ({"open_questions": ["OQ-01"]}, "first slice"),
            ({"role": "developer"}, "enabler"),
            ({"tasks": []}, "tasks"),
            ({"epic": "EP-9", "slice": "SL-0"}, "SL-0"),
        ],
    )
    def test_a_broken_first_story(self, by_hand: Planned, change: dict[str, Any], fault: str) -> None:
        given_, _, backlog, _ = by_hand
        stories = [backlog.stories[0].model_copy(update=change), *backlog.stories[1:]]
        faults = check_backlog(given_, backlog.model_copy(update={"stories": stories}))  # type: ignore[arg-type]
        assert any(fault in found for found in faults), faults

    def test_a_figure_from_nowhere(self, by_hand: Planned) -> None:
        given_, _, _, risks = by_hand
        broken = risks.model_copy(deep=True)
        broken.figures[0].sources = ["F-999"]
        assert check_risks(given_, broken) == ["FIG-01 comes from F-999, which does not exist"]

    def test_a_risk_without_an_owner(self, by_hand: Planned) -> None:
        given_, _, _, risks = by_hand
        broken = risks.model_copy(deep=True)
        broken.risks[0].owner = " "
        assert check_risks(given_, broken) == ["RSK-01 has an empty field"]

    def test_the_package_written_by_hand_passes(self, exemplar_parts: Parts) -> None:
        parts = exemplar_parts
        given_ = RisksInput(**{name: getattr(parts, name) for name in RisksInput.model_fields})
        assert check_backlog(given_, parts.backlog) == []  # type: ignore[arg-type]
        assert check_risks(given_, parts.risks) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_set_of_requirements_becomes_a_backlog_without_circles_that_covers_every_must(
    data: st.DataObject, by_hand: Planned
) -> None:
    given_, architecture, _, _ = by_hand
    count = data.draw(st.integers(1, 30))
    pool = given_.requirements.requirements
    chosen: list[Requirement] = []
    cases: list[Case] = []
    carried: list[Satisfaction] = []
    for number in range(1, count + 1):
        base = data.draw(st.sampled_from(pool))
        label = f"REQ-{number:03}"
        change = {
            "id": label,
            "kind": "functional",
            "capability": data.draw(st.sampled_from(["Lend", "Return", "Äpfel", "数据", "Remind"])),
            "priority": data.draw(st.sampled_from(["must", "should", "could"])),
            "assumptions": data.draw(st.sampled_from([[], ["ASM-04"], ["ASM-09"]])),
        }
        chosen.append(base.model_copy(update=change))
        for _ in range(data.draw(st.integers(1, 12))):
            cover = [Cover(req=label, sign=data.draw(st.sampled_from(["+", "-"])))]
            case = given_.tests.tests[0].model_copy(update={"id": f"TC-{len(cases) + 1:03}", "covers": cover})
            cases.append(Case.model_validate(case.model_dump()))
        carried.append(
            Satisfaction(
                req=label,
                by=data.draw(st.lists(st.sampled_from(["CMP-desk", "CMP-messages", "CMP-access"]), min_size=1, unique=True)),
            )
        )
    working = BacklogInput(
        evidence=given_.evidence,
        vision=given_.vision,
        requirements=given_.requirements.model_copy(update={"requirements": chosen}),
        tests=given_.tests.model_copy(update={"tests": cases}),
        architecture=architecture.model_copy(update={"satisfies": carried}),
    )
    backlog = planner(working)
    if count * 12 < 600 and len(backlog.stories) <= 99:
        assert check_backlog(working, backlog) == []
    waits = {s.id: s.depends_on for s in backlog.stories}
    assert circle(waits) == []
    assert max(_depth(label, waits) for label in waits) <= DEEPEST
    assert all(1 <= s.size_days <= LARGEST for s in backlog.stories)


def _depth(label: str, waits: dict[str, list[str]]) -> int:
    return max((_depth(other, waits) + 1 for other in waits[label]), default=0)
