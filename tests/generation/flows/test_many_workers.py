"""Many workers want the same step at once, on both databases: one gets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.generation.crash.site import ROOT, Site, site

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("servers")]

RUSH = """
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from generation.flows import running
from generation.models import Step
step = Step.objects.get(key="freeze").pk
connection.close()
def claim(_):
    try:
        return running.claim(step) is not None
    finally:
        connection.close()
with ThreadPoolExecutor(6) as pool:
    print(sum(pool.map(claim, range(24))))
"""


def _rush(place: Site) -> list[str]:
    """How often the step was claimed in each of two processes of six threads."""
    place.prepare()
    pair = [
        subprocess.Popen([sys.executable, "-c", RUSH], env=place.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    return sorted(process.communicate(timeout=60)[0].strip() for process in pair)


def test_one_worker_gets_the_step_on_sqlite(tmp_path: Path) -> None:
    with site(tmp_path / "site") as place:
        assert _rush(place) == ["0", "1"]
        assert place.asked("SELECT attempt FROM generation_step WHERE key = 'freeze'") == [(1,)]


def test_one_worker_gets_the_step_on_postgres(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    with site(tmp_path / "site", database=postgres_url, broker=redis_url) as place:
        assert _rush(place) == ["0", "1"]
        assert place.asked("SELECT attempt FROM generation_step WHERE key = 'freeze'") == [(1,)]
