"""``kill -9`` at every point of dispatching: nothing is lost, and what is repeated has the same id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.delivery.webhooks.receiver import receiving

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.crash
def test_a_kill_at_any_point_loses_nothing_and_repeats_only_with_the_same_id(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.secrets = {}
        env = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "DJANGO_SETTINGS_MODULE": "specstep.settings",
            "PYTHONPATH": str(ROOT),
            "SPECSTEP_DATA_DIR": str(tmp_path / "site"),
            "SPECSTEP_EGRESS_ALLOW": receiver.url.removeprefix("http://"),
        }
        command = [sys.executable, str(Path(__file__).with_name("lives.py")), receiver.url]
        with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as lives:
            assert lives.stdout is not None
            receiver.secrets.update(json.loads(lives.stdout.readline())["secrets"])
            points = [json.loads(line) for line in lives.stdout]
        assert lives.returncode == 0
    names = [point["point"] for point in points]
    assert {
        "announce.before-commit", "cancel.before-commit", "webhooks.bell", "webhooks.turn", "webhooks.claimed",
        "webhooks.answered", "webhooks.sent", "webhooks.before-commit", "webhooks.committed",
    } <= set(names)  # fmt: skip
    arrived = Counter(one.id for one in receiver.got)
    for point in points:
        assert point["dispatches"].keys() <= arrived.keys(), f"lost at {point['point']}"
        assert set(point["dispatches"].values()) == {"delivered"}, point
        assert len(point["dispatches"]) == 2, f"two webhooks, one change: {point}"
        again = sum(arrived[pk] - 1 for pk in point["dispatches"])
        assert again == (point["point"] in {"webhooks.answered", "webhooks.sent", "webhooks.before-commit"}), point
    # The last life reached no point any more; its two dispatches are in no report.
    assert len(arrived) == 2 * len(points) + 2
