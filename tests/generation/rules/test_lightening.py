"""A run with documents that no window holds: every step's input gets light enough, and keeps what anything rests on."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from generation.calls.backlog import BACKLOG
from generation.calls.prose import PROSE
from generation.calls.reviews import TESTER
from generation.calls.risks import RISKS
from generation.rules.content import (
    ArchitectureInput,
    DocumentText,
    Parts,
    RequirementsInput,
    TestsInput,
    VisionInput,
)
from generation.rules.lightening import lighten_step, lighter_evidence
from llm import prompting
from llm.calls import Call
from llm.fitting import estimate_tokens

WINDOW = 200_000
"""Tokens; the smallest window of a listed model."""
READING = (VisionInput, RequirementsInput, TestsInput, ArchitectureInput)


@pytest.fixture
def heavy(exemplar_parts: Parts) -> Parts:
    """The clinic with its document between pages that say nothing, and a second document of which nothing is quoted."""
    parts = exemplar_parts.model_copy(deep=True)
    padding = "\n\n".join(f"Appendix {number}. " + "The form is filled in twice and filed. " * 20 for number in range(1_500))
    source = parts.evidence.sources[0]
    source["text"] = f"{padding}\n\n{source['text']}\n\n{padding}"
    parts.evidence.sources.append({**source, "id": "S-02", "name": "manual.txt", "text": padding})
    return parts


def lightest(given: BaseModel, lighten: object) -> tuple[BaseModel, int, int]:
    """What is left when no more may be dropped, how many passages went, and in how many times."""
    dropped = times = 0
    assert callable(lighten)
    while (lighter := lighten(given)) is not None:
        given, more = lighter
        dropped += more
        times += 1
        assert more > 0
    return given, dropped, times


@pytest.mark.parametrize("kind", READING, ids=lambda kind: kind.__name__)
def test_every_step_that_reads_documents_fits_after_at_most_four_times(heavy: Parts, kind: type[BaseModel]) -> None:
    given = kind.model_validate({name: getattr(heavy, name).model_dump() for name in kind.model_fields})
    assert estimate_tokens(given.model_dump_json()) > 3 * WINDOW
    light, dropped, times = lightest(given, lighten_step)
    assert estimate_tokens(light.model_dump_json()) < WINDOW
    assert dropped > 1_000
    assert times <= 4


@pytest.mark.parametrize("call", [BACKLOG, RISKS, PROSE, TESTER], ids=lambda call: call.name)
def test_all_other_steps_fit_without_losing_anything(heavy: Parts, call: Call[Any, Any]) -> None:
    heavy.evidence.sources[0]["name"] = "the paper of the house"
    rest = {
        "document": "BRIEF.md",
        "role": "tester",
        "parts": heavy.model_dump(),
        "documents": [DocumentText(path="BRIEF.md", text="The clinic. " * 5_000).model_dump()],
    }
    known = heavy.model_dump() | rest
    data = call.input.model_validate({name: known[name] for name in call.input.model_fields})
    sent = prompting.render(prompting.load(call), data, call).user
    assert estimate_tokens(sent) < WINDOW
    assert "the paper of the house" in sent


def test_nothing_but_unquoted_passages_of_documents_is_dropped(heavy: Parts) -> None:
    light, _, _ = lightest(VisionInput(evidence=heavy.evidence), lighten_step)
    assert isinstance(light, VisionInput)
    before, after = heavy.evidence.model_dump(), light.evidence.model_dump()
    texts = {source["id"]: source.pop("text") for source in after["sources"]}
    for source in before["sources"]:
        source.pop("text")
    assert after == before
    quoted = [fact for fact in heavy.evidence.facts if fact["source"] == "S-01"]
    assert len(quoted) >= 2
    assert all(fact["quote"] in texts["S-01"] for fact in quoted)
    assert "left out here]" in texts["S-02"]


def test_every_step_of_a_run_sees_the_same_lighter_ledger(heavy: Parts) -> None:
    first = lighten_step(VisionInput(evidence=heavy.evidence))
    second = lighten_step(RequirementsInput(evidence=heavy.evidence, vision=heavy.vision))
    assert first is not None
    assert second is not None
    assert first[0].evidence.model_dump_json() == second[0].evidence.model_dump_json()


def test_a_ledger_without_documents_cannot_get_lighter(exemplar_parts: Parts) -> None:
    evidence = exemplar_parts.evidence.model_copy(update={"sources": []})
    assert lighter_evidence(evidence) is None


def test_what_an_earlier_step_quotes_stays_though_no_fact_quotes_it(heavy: Parts) -> None:
    said = "The form is filled in twice and filed. " * 3
    for place, number in enumerate((3, 700)):
        heavy.evidence.sources[1]["text"] = str(heavy.evidence.sources[1]["text"]).replace(
            f"Appendix {number}. ", f"Appendix {number}. Annexe {place} counts. ", 1
        )
    heavy.requirements.requirements[0].evidence[0].quote = f"Annexe 1 counts. {said}".strip()
    given = TestsInput(evidence=heavy.evidence, vision=heavy.vision, requirements=heavy.requirements)
    light, _, _ = lightest(given, lighten_step)
    assert isinstance(light, TestsInput)
    text = str(light.evidence.sources[1]["text"])
    assert f"Annexe 1 counts. {said}".strip() in text
    assert "Annexe 0 counts." not in text
