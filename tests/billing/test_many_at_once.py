"""Limits hold also when many calls are asked for at the same moment, and a run that reaches one goes on when it is raised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.billing.at_once import CALLS, ESTIMATE, LIMIT
from tests.wire_stub import WireStub

ROOT = Path(__file__).resolve().parents[2]


def told_by(*program: str, folder: Path, **environment: str) -> dict[str, Any]:
    """What a program of ours says at its end; it has a data folder and a database of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "LLM_"))}
    own = {"DJANGO_SETTINGS_MODULE": "specstep.settings", "SPECSTEP_DATA_DIR": str(folder), "SPECSTEP_DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *program],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        env=kept | own | environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def within_the_limit(told: dict[str, Any]) -> None:
    for storm in told.values():
        assert storm["asked"] == 3 * CALLS
        assert storm["allowed"] < 3 * CALLS
        assert LIMIT / 2 < Decimal(storm["spent"]) <= LIMIT
    # Where each call costs what was reckoned, exactly as many go through as fit.
    assert told["dear"]["allowed"] == LIMIT // ESTIMATE


def test_twenty_calls_at_once_keep_the_limit_on_a_laptop(tmp_path: Path) -> None:
    within_the_limit(told_by("tests.billing.at_once", folder=tmp_path))


@pytest.mark.servers
def test_twenty_calls_at_once_keep_the_limit_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    within_the_limit(told_by("tests.billing.at_once", folder=tmp_path, DATABASE_URL=postgres_url))


@pytest.mark.servers
def test_the_gateway_sends_no_more_calls_at_once_than_the_limit_has_room_for(
    tmp_path: Path, postgres_url: str, wire_stub: WireStub
) -> None:
    wire_stub.set(ttft_ms=3_000)  # so slow that none of them ends before the last one is asked
    told = told_by("tests.billing.at_the_gateway", "callers", folder=tmp_path, DATABASE_URL=postgres_url, **wire_stub.environment)
    assert told == {"answered": 3, "refused for good": 0, "refused for now": 17}
    assert len(wire_stub.seen) == 1 + 3


def test_a_run_stops_at_its_limit_with_a_sentence_and_goes_on_when_it_is_raised(tmp_path: Path, wire_stub: WireStub) -> None:
    told = told_by("tests.billing.at_the_gateway", "run", folder=tmp_path, **wire_stub.environment)
    assert told["stopped"] == "failed"
    assert told["trouble"].startswith("Your limit of $0.50 for one run or interview would be passed: ")
    assert told["trouble"].endswith("Raise it under Settings, Usage. Nothing that was written is lost.")
    assert 0 < Decimal(told["spent then"]) <= Decimal("0.50")
    assert "vision" in told["done"]
    assert "package" not in told["done"]
    assert told["ended"] == "done"
    assert set(told["paid then"]) < set(told["paid in all"])
    assert len(told["paid in all"]) == len(set(told["paid in all"])), "a step that was paid for was paid for again"
