"""Evidence to work from: the clinic as noted by hand, and small rough interviews as an offline interview notes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generation.rules.agents.requirements import write_requirements
from generation.rules.agents.sentences import split
from generation.rules.agents.tests import write_tests
from generation.rules.agents.vision import write_vision
from generation.rules.content import (
    Evidence,
    RequirementsInput,
    RequirementsPart,
    TestsInput,
    TestsPart,
    VisionInput,
    VisionPart,
)

DATA = Path(__file__).parents[2] / "data"
Told = list[tuple[str, str]]


@pytest.fixture(scope="session")
def clinic() -> Evidence:
    return Evidence.model_validate(json.loads((DATA / "evidence_clinic.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def rough() -> Callable[..., Evidence]:
    """Evidence out of (topic, text) pairs with one rough fact per sentence: no subject, no attribute, no number."""

    def build(title: str, told: Told, *, noted: bool = True, **more: Any) -> Evidence:
        questions: list[dict[str, Any]] = []
        answers: list[dict[str, Any]] = []
        facts: list[dict[str, Any]] = []
        for place, (topic, text) in enumerate(told):
            questions.append({"id": f"Q-{place:03}", "topic": topic, "text": "How is that?", "why": "It decides what is built."})
            answers.append({"id": f"A-{place:03}", "q": f"Q-{place:03}", "topic": topic, "respondent": "owner", "text": text})
            for start, end in split(text) if noted else []:
                facts.append(
                    {
                        "id": f"F-{len(facts) + 1:03}",
                        "topic": topic,
                        "slot": "",
                        "subject": "",
                        "attribute": "",
                        "op": None,
                        "value": None,
                        "unit": None,
                        "origin": "user",
                        "source": f"A-{place:03}",
                        "quote": text[start:end],
                        "confidence": 0.6,
                        "status": "live",
                        "superseded_by": None,
                    }
                )
        rows: dict[str, Any] = {
            "title": title,
            "profile": "lean",
            "depth": "quick",
            "language": "en",
            "stakes": "internal",
            "frozen_at": "2026-11-20T10:00:00Z",
            "anchor": None,
            "questions": questions,
            "answers": answers,
            "facts": facts,
            "conflicts": [],
            "topics": [],
            "sources": [],
        }
        return Evidence.model_validate(rows | more)

    return build


@pytest.fixture(scope="session")
def decide() -> Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]:
    """The three offline agents in a row."""

    def run(evidence: Evidence) -> tuple[VisionPart, RequirementsPart, TestsPart]:
        vision = write_vision(VisionInput(evidence=evidence))
        requirements = write_requirements(RequirementsInput(evidence=evidence, vision=vision))
        tests = write_tests(TestsInput(evidence=evidence, vision=vision, requirements=requirements))
        return vision, requirements, tests

    return run
