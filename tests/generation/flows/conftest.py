"""A run of four small steps: the engine without the agents."""

from __future__ import annotations

import pytest

from accounts.models import User
from generation.models import Run, Step
from generation.rules.content import Evidence
from generation.steps import Bench, Result, Work
from ground import clock
from interviews.models import Interview

GRAPH = {"first": [], "left": ["first"], "right": ["first"], "last": ["left", "right"]}


def evidence() -> Evidence:
    return Evidence(
        title="Desk", profile="lean", depth="quick", language="en", stakes="", frozen_at="2026-11-20T10:00:00Z", anchor=None,
        questions=[], answers=[], facts=[], conflicts=[], topics=[], sources=[],
    )  # fmt: skip


@pytest.fixture
def run(alice: User) -> Run:
    """Step "first" is ready, the others wait."""
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk", state=Interview.State.CLOSED)
    made = Run.objects.create(
        workspace=alice.workspace,
        interview=interview,
        number=1,
        evidence=evidence().model_dump(mode="json"),
        evidence_sha256="0" * 64,
        frozen_at=clock.now(),
    )
    for place, (key, needs) in enumerate(GRAPH.items()):
        state = Step.State.WAITING if needs else Step.State.READY
        Step.objects.create(run=made, key=key, kind="add", lane="decide", title=key, position=place, needs=needs, state=state)
    return made


def _add(bench: Bench) -> Result:
    return {"sum": 1 + sum(result["sum"] for result in bench.results.values())}


@pytest.fixture
def works() -> dict[str, Work]:
    """Each step adds one to the sums of those it needs."""
    return {"add": Work(1, _add, note=lambda result: f"sum {result['sum']}")}
