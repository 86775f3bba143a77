"""On PostgreSQL, workers side by side: each event once per webhook, and one request at a time to each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.delivery.webhooks.at_once import EVENTS
from tests.delivery.webhooks.receiver import Got, receiving

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_workers_side_by_side_send_each_event_once(tmp_path: Path, postgres_url: str) -> None:
    lock, under_way, most = threading.Lock(), Counter[str](), Counter[str]()

    def look(got: Got) -> None:
        with lock:
            under_way[got.path] += 1
            most[got.path] = max(most[got.path], under_way[got.path])
        threading.Event().wait(0.005)
        with lock:
            under_way[got.path] -= 1

    with receiving() as receiver:
        receiver.before_answer = look
        env = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DJANGO_SETTINGS_MODULE": "specstep.settings",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": postgres_url,
            "SPECSTEP_DEBUG": "1",
            "SPECSTEP_DATA_DIR": str(tmp_path),
            "SPECSTEP_EGRESS_ALLOW": "127.0.0.1,localhost",
        }
        urls = [receiver.url, receiver.url.replace("127.0.0.1", "localhost")]
        command = [sys.executable, str(Path(__file__).with_name("at_once.py")), *urls]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    states = json.loads(done.stdout)
    whole = 4 * EVENTS
    assert {path: Counter(found) for path, found in states.items() if path != "4"} == {
        str(number): {"delivered": whole} for number in range(4)
    }
    assert set(states["4"]) <= {"delivered", "dropped"}, "what was paused in the middle has nothing waiting"
    assert "5" not in states
    assert set(most.values()) == {1}, "never two requests to one webhook at a time"
    arrived = Counter((one.path, one.body["data"]["run_id"]) for one in receiver.got)
    assert set(arrived.values()) == {1}
    assert Counter(path for path, _ in arrived)["/0"] == whole
