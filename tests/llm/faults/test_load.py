"""Many calls at once: a rate limit is used to the full without storming it, and waiting holds no database connection."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.llm.kill import harness
from tests.wire_stub.records import MODEL_APIS
from tests.wire_stub.remote import Remote, process

AT_ONCE = 200


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Remote]:
    with process(tmp_path / "stub") as found:
        yield found


@pytest.mark.crash
@pytest.mark.thorough
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_twenty_runs_share_a_limit_of_half_their_demand(stub: Remote, tmp_path: Path, provider: str) -> None:
    per_second, burst = 8, 16
    env = harness.prepare(tmp_path / "site", stub, graph="small", provider=provider, runs=20)
    stub.set(rpm=60 * per_second, burst=burst, ttft_ms=100)
    stub.reset()
    report = harness.work(env, at_once=2)
    calls = [one for one in stub.calls() if one["api"] in MODEL_APIS]
    good = [one for one in calls if one["status"] == 200]
    assert [run["state"] for run in report["runs"]] == ["done"] * 20
    assert len(good) == 20 * 7
    # The last calls of the last runs wait for each other and not for the limit, so the end is looked at apart.
    came = sorted(one["t_in"] for one in good)
    most = int(0.85 * len(came))
    assert most / (burst + per_second * (came[most - 1] - came[0])) >= 0.95
    assert came[-1] - came[0] < 1.3 * (len(came) - burst) / per_second
    refused = sum(1 for one in calls if one["status"] == 429)
    assert refused <= 0.05 * len(calls), f"{refused} of {len(calls)}"


@pytest.mark.servers
@pytest.mark.parametrize("provider", ["anthropic", pytest.param("openai", marks=pytest.mark.thorough)])
def test_two_hundred_calls_wait_in_one_process_without_the_database(
    stub: Remote, tmp_path: Path, postgres_url: str, provider: str
) -> None:
    env = harness.prepare(
        tmp_path / "site",
        stub,
        graph="small",
        provider=provider,
        DATABASE_URL=postgres_url,
        DATABASE_POOL="8",
        LLM_WARM_SECONDS="0",
    )
    stub.set(ttft_ms=8000)
    stub.reset()
    done = subprocess.run(
        [sys.executable, "-m", "tests.llm.kill.program", "crowd", str(AT_ONCE), provider],
        env=env, cwd=harness.ROOT, check=True, stdout=subprocess.PIPE, timeout=120,
    )  # fmt: skip
    report = json.loads(done.stdout)
    calls = [one for one in stub.calls() if one["api"] in MODEL_APIS]
    assert report["answered"] == AT_ONCE
    last_in, first_out = max(one["t_in"] for one in calls), min(one.get("t_done") or one["t_out"] for one in calls)
    assert last_in < first_out, "all of them waited at the same time"
    busy = [count for at, count in report["looks"] if last_in + 0.2 < at < first_out]
    assert busy, "somebody looked while all waited"
    assert max(busy) <= 2, "the one who looks, and at most a lease that is extended"
