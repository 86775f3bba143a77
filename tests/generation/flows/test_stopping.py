"""Cancelling a run stops the model call that is in flight: the vendor stops writing and the worker is free."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.servers import wait_until
from tests.wire_stub import WireStub

PROGRAM = """
import json, sys, threading, time
from pathlib import Path
import django; django.setup()
from tests.migrated import migrate
from django.db import connections
migrate()
from accounts.models import User
from generation.flows import cancelling, running
from generation.models import Run, Step
from generation.steps import Work
from ground import clock
from interviews.calls import WRITE_QUESTION
from interviews.models import Interview
from llm import gateway
from tests.generation.flows.conftest import evidence
from tests.samples import sample

owner = User.objects.create_user("dana@example.org")
interview = Interview.objects.create(workspace=owner.workspace, title="Desk", state=Interview.State.CLOSED)
run = Run.objects.create(workspace=owner.workspace, interview=interview, number=1, evidence=evidence().model_dump(mode="json"),
                         evidence_sha256="0" * 64, frozen_at=clock.now())
Step.objects.create(run=run, key="only", kind="ask", lane="decide", title="Ask", position=0, needs=[], state=Step.State.READY)

def ask(bench):
    gateway.ask(WRITE_QUESTION, sample(WRITE_QUESTION.input), **{**bench.asking, "provider": "anthropic"})
    return {}

def drive():
    try:
        running.drive(Run.objects.get(pk=run.pk), works={"ask": Work(1, ask)})
    finally:
        connections.close_all()

driving = threading.Thread(target=drive)
driving.start()
while not Path(sys.argv[1]).exists():
    time.sleep(0.05)
began = time.monotonic()
cancelling.cancel(run)
driving.join(timeout=20)
from llm.models import ModelCall
outcome, step = ModelCall.objects.get().outcome, Step.objects.get().state
print(json.dumps({"seconds": time.monotonic() - began, "ended": not driving.is_alive(), "outcome": outcome, "step": step}))
"""


def test_cancelling_a_run_stops_its_call_within_seconds(wire_stub: WireStub, tmp_path: Path) -> None:
    wire_stub.set(ttft_ms=60_000)
    outer = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    ours = {"SPECSTEP_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "specstep.settings", "PYTHONPATH": "."}
    asked = tmp_path / "asked"
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(asked)], env=outer | ours | wire_stub.environment, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: bool(wire_stub.seen), seconds=60, what="the call at the vendor")
    asked.touch()
    out, _ = program.communicate(timeout=60)
    said = json.loads(out)
    assert (said["ended"], said["outcome"], said["step"]) == (True, "cancelled", "cancelled")
    assert said["seconds"] < 10
    wait_until(lambda: bool(wire_stub.records), seconds=10, what="the end of the call at the vendor")
    assert [record.disconnect for record in wire_stub.records] == [True], "the vendor sees that nobody waits any more"


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """The stub answers from the agents, which need none; the settings of the tests are enough."""
