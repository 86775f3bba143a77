"""Guesses, starts and workers at one moment, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def told_at(folder: Path, **environment: str) -> tuple[dict[str, Any], str]:
    """What the program says at its end, and what it printed before."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "ACS_"))}
    own = {"DJANGO_SETTINGS_MODULE": "specstep.settings", "SPECSTEP_DATA_DIR": str(folder), "SPECSTEP_DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.accounts.at_once"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=kept | own | environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *before, last = done.stdout.strip().splitlines()
    return json.loads(last), "\n".join(before)


def no_guess_too_many_and_no_message_twice(told: dict[str, Any], printed: str) -> None:
    assert told["wrong"] == {"BadInput": 5, "Conflict": 9}
    assert told["left"] == 0
    assert told["right"]["done"] == 1
    assert told["workers"] == {"done": 14}
    assert told["message"] == ["sent", 1, 1]
    assert printed.count("a package you started is ready") == 1
    assert told["starts"] == {"done": 3, "TooMany": 11}
    assert told["codes"] == 1


@pytest.mark.promise("S-022")
def test_on_a_laptop(tmp_path: Path) -> None:
    no_guess_too_many_and_no_message_twice(*told_at(tmp_path))


@pytest.mark.promise("S-022")
@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    no_guess_too_many_and_no_message_twice(*told_at(tmp_path, DATABASE_URL=postgres_url))
