"""``kill -9`` at every point of a run: it finishes, byte for byte the same, and nothing that was finished is done again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
WORKERS = 2
STRIDE = 7
"""Prime to the number of points of a step; every point with ``pytest -m thorough``."""
PREPARE = """
import django; django.setup()
from tests.migrated import migrate
migrate()
import sys
from pathlib import Path
from accounts.models import User
from billing.purses import UnmeteredPurse
from generation import answersfile
from generation.flows import ringing, starting
from interviews.flows import opening, rehearsing
user = User.objects.create_user("crash@example.org")
given = answersfile.read(Path(sys.argv[1]))
interview = opening.open_interview(workspace=user.workspace, title=given.title)
purse = UnmeteredPurse(user.workspace.pk)
rehearsing.rehearse(interview, list(given.answers), brief=given.brief, purse=purse, provider="offline")
with ringing.silence():
    starting.start(interview, provider="offline")
"""


@dataclass(frozen=True)
class Point:
    """A place to die at: the nth point of the life that begins with this step."""

    step: int
    at: int
    name: str

    def __str__(self) -> str:
        return f"step {self.step}, point {self.at} {self.name}"


class Explorer:
    """A process beside the test whose forks do the work."""

    def __init__(self, env: dict[str, str], home: Path) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "explorer.py")],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live(self, origin: str, folder: str, *, crash_at: int = 0, steps: int = 0) -> int:
        """One process's life; its exit status."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{self.home / origin} {self.home / folder} {crash_at} {steps}\n")
        stdin.flush()
        return int(stdout.readline())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def explorers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Explorer]]:
    """The folder "before-0" holds a run that is about to begin."""
    home = tmp_path_factory.mktemp("crash")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "PYTHONPATH": str(ROOT),
        "SPECSTEP_DATA_DIR": str(home / "before-0"),
    }
    for name in ("DATABASE_URL", "REDIS_URL", "SPECSTEP_CRASH_AT", "SPECSTEP_CRASH_LOG"):
        env.pop(name, None)
    subprocess.run([sys.executable, "-c", PREPARE, str(HERE / "shelf.yaml")], env=env, cwd=ROOT, check=True)
    found = [Explorer(env, home) for _ in range(WORKERS)]
    yield found
    for explorer in found:
        explorer.end()


def _steps(folder: Path) -> dict[str, tuple[str, int]]:
    """State and attempt of each step as the disk has them."""
    with contextlib.closing(sqlite3.connect(folder / "specstep.sqlite3")) as database:
        return {
            key: (state, attempt) for key, state, attempt in database.execute("SELECT key, state, attempt FROM generation_step")
        }


def _report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found | {"zip": (folder / found["blob"]).read_bytes()}


def _points(explorer: Explorer) -> list[Point]:
    """Every point of a whole run; leaves the folder "before-N" for each step."""
    found = []
    for step in range(len(_steps(explorer.home / "before-0"))):
        folder = f"before-{step + 1}"
        assert explorer.live(f"before-{step}", folder, steps=1) == 0
        log = explorer.home / folder / "points"
        found += [Point(step, at, name) for at, name in enumerate(log.read_text().split(), start=1)]
        log.unlink()
    return found


def _chosen(points: list[Point], stride: int) -> list[Point]:
    """Every nth point, and the first of each name, so that no kind of point and no step is left out."""
    first = {point.name: point for point in reversed(points)}
    return sorted({*points[::stride], *first.values()}, key=points.index)


def _faults(explorer: Explorer, point: Point, whole: dict[str, Any]) -> list[str]:
    """Die there, go on in a new process, and say what is not as it would have been."""
    name = f"killed-{point.step}-{point.at}"
    folder = explorer.home / name
    if explorer.live(f"before-{point.step}", name, crash_at=point.at) != 9:
        return ["nobody was killed"]
    before = _steps(folder)
    if explorer.live(name, name) != 0:
        return ["the run was not finished"]
    after, ended = _steps(folder), _report(folder)
    done = {key: row for key, row in before.items() if row[0] == "done"}
    again = {key: attempt for key, (_, attempt) in after.items() if attempt > 1}
    held = {key: 2 for key, (state, _) in before.items() if state == "running"}
    faults = [f"{what} differ" for what in ("documents", "results", "blob", "blobs", "packages") if ended[what] != whole[what]]
    if ended["zip"] != whole["zip"]:
        faults.append("the zip differs")
    if done != {key: after[key] for key in done}:
        faults.append("a finished step was done again")
    if again != held:
        faults.append(f"done twice: {again}; at work when it was killed: {held}")
    shutil.rmtree(folder)
    return faults


@pytest.mark.crash
@pytest.mark.promise("S-027")
@pytest.mark.parametrize("stride", [STRIDE, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_kill_at_any_point_changes_nothing(
    explorers: list[Explorer], stride: int, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    first = explorers[0]
    points = _points(first)
    assert first.live("before-0", "whole") == 0
    whole = _report(first.home / "whole")
    assert set(whole["attempts"].values()) == {1}
    assert whole["blobs"] == [whole["blob"]]
    kinds = Counter(point.name for point in points)
    # Before and inside the work of each step, and around every durable write.
    for kind in ("claim.before-commit", "claim.committed", "work.before", "work.done", "finish.written", "finish.committed"):
        assert kinds[kind] == len(whole["attempts"])
    assert kinds["package.deleted"] == kinds["package.stored"] == 1

    chosen = _chosen(points, stride)
    assert {point.name for point in chosen} == set(kinds)
    assert {point.step for point in chosen} == {point.step for point in points}

    def explore(share: int) -> list[str]:
        mine = chosen[share::WORKERS]
        return [f"{point}: {fault}" for point in mine for fault in _faults(explorers[share], point, whole)]

    with ThreadPoolExecutor(WORKERS) as pool:
        faults = [fault for found in pool.map(explore, range(WORKERS)) for fault in found]
    record_property("points", len(chosen))
    with capsys.disabled():
        sys.stdout.write(f" {len(chosen)} of {len(points)} points ")
    assert not faults
