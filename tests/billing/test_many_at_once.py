"""Limits hold also when many calls are asked for at the same moment, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.billing.at_once import CALLS, ESTIMATE, LIMIT

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, **environment: str) -> dict[str, dict[str, str | int]]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "-m", "tests.billing.at_once"],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        cwd=ROOT,
        env=kept | {"DJANGO_SETTINGS_MODULE": "specstep.settings", "SPECSTEP_DATA_DIR": str(folder), **environment},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, dict[str, str | int]] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def within_the_limit(told: dict[str, dict[str, str | int]]) -> None:
    for storm in told.values():
        assert storm["asked"] == 3 * CALLS
        assert int(storm["allowed"]) < 3 * CALLS
        assert LIMIT / 2 < Decimal(storm["spent"]) <= LIMIT
    # Where each call costs what was reckoned, exactly as many go through as fit.
    assert told["dear"]["allowed"] == LIMIT // ESTIMATE


def test_twenty_calls_at_once_keep_the_limit_on_a_laptop(tmp_path: Path) -> None:
    within_the_limit(run(tmp_path))


@pytest.mark.servers
def test_twenty_calls_at_once_keep_the_limit_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    within_the_limit(run(tmp_path, DATABASE_URL=postgres_url, SPECSTEP_DEBUG="1"))
