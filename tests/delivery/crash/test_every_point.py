"""``kill -9`` at every point from the end of a run to the end of its delivery: nothing is lost and nothing is done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.crash
def test_a_kill_at_any_point_loses_and_repeats_nothing(tmp_path: Path) -> None:
    outside = ("DATABASE_", "REDIS_", "SPECSTEP_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    env |= {"DJANGO_SETTINGS_MODULE": "specstep.settings", "PYTHONPATH": str(ROOT), "SPECSTEP_DATA_DIR": str(tmp_path / "data")}
    script = Path(__file__).with_name("explorer.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env=env, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    kinds = Counter(told["points"])
    for kind in ("bell", "claim.before-commit", "claimed", "before-send", "sent", "finish.before-commit", "finished"):
        assert kinds[f"delivery.{kind}"] >= 1, kind
    assert kinds["shelf.file"] == 9
    assert told["faults"] == {}
