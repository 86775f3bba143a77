"""``estimates.yaml`` says how long parts and documents are. The three samples hold it to that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.purses import UnmeteredPurse
from generation import answersfile
from generation.flows import accounting, ringing, running, starting
from generation.flows import estimating as outlooks
from generation.models import Run
from generation.rules import estimating
from generation.rules.content import Evidence
from interviews.flows import opening, referencing, rehearsing
from interviews.models import Interview
from tests.wire_stub import WireStub

FIGURES = estimating.read()


def written(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _interviewed(given: answersfile.AnswersFile, owner: User) -> Interview:
    """An interview with the rule-based agents."""
    interview = opening.open_interview(workspace=owner.workspace, title=given.title, profile=given.profile, depth=given.depth)
    for name, data in given.references:
        referencing.add_reference(interview, name=name, data=data)
    purse = UnmeteredPurse(owner.workspace.pk, subject=interview.pk)
    rehearsing.rehearse(interview, list(given.answers), brief=given.brief, purse=purse, provider="offline")
    return interview


@pytest.fixture(params=FIGURES.samples)
def run(request: pytest.FixtureRequest, alice: User, settings: Settings) -> Run:
    """One sample, taken through interview and run by the rule-based agents."""
    given = answersfile.read(Path(settings.BASE_DIR) / "samples" / f"{request.param}.yaml")
    with ringing.silence():
        return running.drive(starting.start(_interviewed(given, alice), provider="offline"))


@pytest.mark.django_db
def test_every_part_and_the_documents_lie_within_the_figures(run: Run) -> None:
    assert run.state == Run.State.DONE
    facts = len(run.evidence["facts"])
    results: dict[str, Any] = dict(run.steps.values_list("key", "result"))
    sizes = {key: written(result["part"]) for key, result in results.items() if result and "part" in result}
    sizes[estimating.DOCUMENTS] = sum(
        len(text)
        for key, result in results.items()
        if key.startswith("render:")
        for path, text in result["files"].items()
        if path.endswith((".md", ".feature"))
    )
    assert set(sizes) == set(FIGURES.per_fact) | set(FIGURES.fixed), "a figure for each part, and no other"
    outside = {
        key: (least, size, most)
        for key, size in sizes.items()
        for least, most in [FIGURES.characters(key, facts)]
        if not least <= size <= most
    }
    assert not outside, "mend generation/estimates.yaml"


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_an_estimate_names_every_written_document_and_every_call(alice: User, provider: str) -> None:
    clinic = Evidence.model_validate_json((Path(__file__).parents[1] / "data" / "evidence_clinic.json").read_text("utf-8"))
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk", state=Interview.State.CLOSED)
    estimate = outlooks.outlook(interview, evidence=clinic, provider=provider).estimate
    assert estimate.whole.calls == len(FIGURES.per_fact) - 1 + len(FIGURES.fixed) == 16
    documents = [key for key in FIGURES.fixed if key.startswith("prose:")]
    assert sorted(row.key for row in estimate.rows) == sorted(["decide", *documents, "review"])
    assert not estimate.unpriced
    assert estimate.whole.usd is not None
    least, most = estimate.whole.usd
    assert 1 < least < most < 15, "dollars; a range that helps to decide"
    assert most < 5 * least


@pytest.mark.django_db
def test_what_a_sample_costs_over_the_wire_lies_within_its_estimate(alice: User, wire_stub: WireStub, settings: Settings) -> None:
    settings.LLM_PROVIDER = "anthropic"
    wire_stub.set(counted=True)
    given = answersfile.read(Path(settings.BASE_DIR) / "samples" / "clinic.yaml")
    interview = _interviewed(given, alice)
    whole = outlooks.outlook(interview).estimate.whole
    with ringing.silence():
        run = running.drive(starting.start(interview))
    assert run.state == Run.State.DONE, run.trouble
    receipt = accounting.receipt_of(run)
    assert whole.usd is not None
    assert receipt.usd is not None
    assert whole.usd[0] < receipt.usd < whole.usd[1]
    assert whole.tokens[0] < receipt.tokens_read + receipt.tokens_out < whole.tokens[1]
