"""A run begins, its ledger is frozen in the published shapes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from accounts.models import User
from billing.purses import UnmeteredPurse
from generation.flows import cancelling, freezing, ringing, running, starting
from generation.models import Run
from generation.rules import graph
from generation.rules.checking import schemas
from generation.steps import Work
from ground import clock
from ground.errors import Conflict
from interviews.flows import opening, rehearsing
from interviews.models import Interview
from llm.loop import Stop

AT = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
ANSWERS = [("V1", "Twelve volunteers."), ("R2", "When a volunteer scans a tool, the page shows who has it.")]


@pytest.fixture
def closed(alice: User) -> Interview:
    interview = opening.open_interview(workspace=alice.workspace, title="Loan Shelf")
    purse = UnmeteredPurse(alice.workspace.pk)
    with clock.frozen(AT):
        rehearsing.rehearse(interview, ANSWERS, brief="We lend tools and cards get lost.", purse=purse, provider="offline")
    return interview


def start(interview: Interview) -> Run:
    with ringing.silence():
        return starting.start(interview, provider="offline")


def test_an_open_interview_cannot_be_written(alice: User) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    with pytest.raises(Conflict, match="still open"):
        start(interview)
    assert not Run.objects.exists()


def test_it_is_not_started_twice_at_once(closed: Interview) -> None:
    start(closed)
    with pytest.raises(Conflict, match="being written already"):
        start(closed)
    assert Run.objects.count() == 1


def test_after_a_cancelled_run_another_may_be_started(closed: Interview) -> None:
    cancelling.cancel(start(closed))
    assert start(closed).number == 2


def test_every_step_is_a_row_before_anybody_works_and_only_the_first_is_ready(closed: Interview) -> None:
    run = start(closed)
    keys = set(run.steps.values_list("key", flat=True))
    assert keys >= {"freeze", *graph.DECIDING, "assemble", "checks", "score", "package"}
    assert [step.key for step in run.steps.filter(state="ready")] == ["freeze"]
    assert all(set(step.needs) <= keys for step in run.steps.all())


def test_the_frozen_facts_have_the_published_shape(closed: Interview) -> None:
    frozen = freezing.evidence_of(closed)
    schema: dict[str, Any] = json.loads((Path(schemas.FOLDER) / "fact.schema.json").read_text())
    assert frozen.facts
    for fact in frozen.facts:
        assert not list(Draft202012Validator(schema).iter_errors(fact))
        assert fact["quote"] in next(row["text"] for row in frozen.answers if row["id"] == fact["source"])


def test_the_same_ledger_at_the_same_time_has_the_same_hash(closed: Interview) -> None:
    with clock.frozen(AT):
        first, second = freezing.evidence_of(closed), freezing.evidence_of(closed)
    with clock.frozen(AT + dt.timedelta(hours=1)):
        later = freezing.evidence_of(closed)
    assert freezing.sha256_of(first) == freezing.sha256_of(second) != freezing.sha256_of(later)


def test_what_a_step_works_from_does_not_depend_on_the_order_of_keys(closed: Interview) -> None:
    """PostgreSQL keeps the keys of JSON in an order of its own."""
    run = start(closed)
    claimed = running.claim(run.steps.get(key="freeze").pk)
    assert claimed is not None
    work = Work(1, lambda bench: {})
    before = running._bench(claimed, work, None, Stop()).evidence.model_dump_json()
    turned = json.loads(json.dumps(run.evidence), object_hook=lambda held: dict(reversed(held.items())))
    assert json.dumps(turned) != json.dumps(run.evidence)
    Run.objects.filter(pk=run.pk).update(evidence=turned)
    assert running._bench(claimed, work, None, Stop()).evidence.model_dump_json() == before
