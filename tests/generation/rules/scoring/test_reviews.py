"""The reviewers without a model count, find and quote; what they cannot judge they say so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generation.calls.reviews import REVIEWS
from generation.rules.agents.reviews import MOST, check_review, review
from generation.rules.content import DocumentText, Finding, Parts, ReviewInput, ReviewPart
from generation.rules.rubric import rubric

PROMPTS = Path(__file__).parents[4] / "generation" / "prompts"
ROLES = ["owner-advocate", "implementer", "tester"]


@pytest.fixture
def given(clinic_parts: Parts, rendered: dict[str, str]) -> dict[str, ReviewInput]:
    documents = [DocumentText(path=path, text=text) for path, text in rendered.items() if path.endswith((".md", ".feature"))]
    return {role: ReviewInput(role=role, parts=clinic_parts, documents=documents) for role in ROLES}


def _codes(part: ReviewPart) -> set[str]:
    return {finding.code for finding in part.findings}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_reviewer_says_without_a_model_passes_its_own_check(role: str, given: dict[str, ReviewInput]) -> None:
    part = review(given[role])
    assert check_review(given[role], part) == []
    assert {verdict.verdict for verdict in part.verdicts} == {"unjudged"}
    assert "Not judged" in part.summary


def test_the_owners_advocate_finds_what_nobody_said(given: dict[str, ReviewInput]) -> None:
    found = review(given["owner-advocate"])
    assert [finding.message[:6] for finding in found.findings] == ["ASM-02", "ASM-04", "ASM-09"]
    parts = given["owner-advocate"].parts
    parts.requirements.requirements[0].evidence = []
    parts.requirements.requirements[0].assumptions = ["ASM-01"]
    parts.vision.outcomes = []
    parts.vision.rules[7].facts = ["F-048"]
    parts.requirements.requirements = [
        row.model_copy(
            update={"evidence": [grounds for grounds in row.evidence if grounds.fact != "F-049"], "assumptions": ["ASM-01"]}
        )
        for row in parts.requirements.requirements
    ]
    assert _codes(review(given["owner-advocate"])) >= {"OWNER_ASSUMED", "OWNER_UNSAID", "OWNER_MEASURE", "OWNER_LOST"}


def test_the_implementer_finds_stories_that_wait(given: dict[str, ReviewInput]) -> None:
    waiting = [finding for finding in review(given["implementer"]).findings if finding.code == "IMPL_WAITS"]
    assert len(waiting) == 5
    assert waiting[0].quote == "waits for OQ-05"
    parts = given["implementer"].parts
    for row in parts.requirements.requirements:
        if row.ears == "unwanted":
            row.ears = "event"
    assert "IMPL_FAILURE" in _codes(review(given["implementer"]))


def test_the_tester_finds_limits_without_a_scenario(given: dict[str, ReviewInput]) -> None:
    found = review(given["tester"])
    assert _codes(found) == {"TEST_BOUNDARY", "TEST_NEGATIVE"}
    parts = given["tester"].parts
    parts.vision.journeys[0].failures = []
    parts.vision.counter_metrics = []
    assert _codes(review(given["tester"])) >= {"TEST_FAILURE", "TEST_MEASURE"}


def test_it_lists_a_few_of_a_kind_and_counts_the_rest(given: dict[str, ReviewInput]) -> None:
    parts = given["owner-advocate"].parts
    for assumption in parts.requirements.assumptions:
        assumption.risk = "high"
    found = review(given["owner-advocate"]).findings
    assert len(found) == MOST
    assert "20 more of this kind" in found[-1].message


@pytest.mark.parametrize("role", ROLES)
def test_the_check_names_a_missing_verdict_a_foreign_quote_and_a_wrong_code(role: str, given: dict[str, ReviewInput]) -> None:
    part = review(given[role])
    part.verdicts[0].verdict = "strong"
    part.verdicts[0].quote = "Nobody ever wrote this sentence."
    gone = part.verdicts.pop()
    part.findings = [
        Finding(
            code="oops",
            severity="info",
            criterion="c",
            doc="docs/vision.md",
            section="s",
            quote="Not there either.",
            message="m",
            why="w",
            fix="f",
            cause="text",
            status="open",
            reviewer="somebody",
        )
    ]
    faults = " ".join(check_review(given[role], part))
    assert f'"{gone.criterion}": 0 verdicts instead of one' in faults
    assert "Nobody ever wrote this" in faults
    assert "Not there either" in faults
    assert "not in capitals" in faults
    assert 'reviewer "somebody"' in faults


@pytest.mark.parametrize("role", ROLES)
def test_the_prompt_asks_for_exactly_the_criteria_of_the_rubric(role: str) -> None:
    text = (PROMPTS / f"review_{role.replace('-', '_')}.md").read_text("utf-8")
    listed = re.findall(r"^- ([\w/.-]+\.md): (.+)$", text, re.MULTILINE)
    asked = [(path, f"{criterion.criterion}. {criterion.asks}") for path, criterion in rubric().asked_of(role)]
    assert listed == asked


def test_there_is_one_call_per_reviewer() -> None:
    assert list(REVIEWS) == ROLES
    assert {call.name for call in REVIEWS.values()} == {
        "generation.review_owner_advocate",
        "generation.review_implementer",
        "generation.review_tester",
    }
