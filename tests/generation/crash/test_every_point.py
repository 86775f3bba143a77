"""``kill -9`` at the points of a run: it finishes, byte for byte the same, and nothing that was finished is done again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

STRIDE = int(os.environ.get("SPECSTEP_CRASH_STRIDE", "11"))
"""Every eleventh point meets each kind of point at other steps within two minutes.

1 explores them all in about a quarter of an hour."""
ROOT = Path(__file__).resolve().parents[3]
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.models import User
from billing.purses import UnmeteredPurse
from pathlib import Path
from generation import answersfile
from generation.flows import ringing, starting
from interviews.flows import opening, rehearsing
user = User.objects.create_user("crash@example.org")
given = answersfile.read(Path("samples/clinic.yaml"))
purse = UnmeteredPurse(user.workspace.pk)
interview = opening.open_interview(workspace=user.workspace, title="Desk", depth="standard")
rehearsing.rehearse(interview, list(given.answers), brief=given.brief, purse=purse, provider="offline")
with ringing.silence():
    starting.start(interview, provider="offline")
"""


class Explorer:
    """The forking process beside the test, and the folders its children work in."""

    def __init__(self, process: subprocess.Popen[str], template: Path, home: Path) -> None:
        self.process, self.template, self.home = process, template, home

    def live(self, folder: str, crash_at: int = 0) -> int:
        """One process's life in this folder, which ends at the given point; its exit status."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{self.template} {self.home / folder} {crash_at}\n")
        stdin.flush()
        return int(stdout.readline())

    def attempts(self, folder: str) -> dict[str, int]:
        return dict(json.loads((self.home / folder / "attempts.json").read_text()))

    def zip(self, folder: str) -> bytes:
        return (self.home / folder / "package.zip").read_bytes()

    def points(self, folder: str) -> list[str]:
        return (self.home / folder / "points").read_text().split()


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    home = tmp_path_factory.mktemp("crash")
    template = home / "template"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "PYTHONPATH": str(ROOT),
        "SPECSTEP_DATA_DIR": str(template),
    }
    for name in ("DATABASE_URL", "REDIS_URL", "SPECSTEP_CRASH_AT", "SPECSTEP_CRASH_LOG"):
        env.pop(name, None)
    subprocess.run([sys.executable, "-c", PREPARE], env=env, cwd=ROOT, check=True)
    program = str(Path(__file__).with_name("explorer.py"))
    process = subprocess.Popen(
        [sys.executable, program], env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield Explorer(process, template, home)
    assert process.stdin is not None
    process.stdin.close()
    process.wait(30)


@pytest.mark.crash
@pytest.mark.promise("S-027", "S-083")
def test_a_kill_at_any_point_changes_nothing(explorer: Explorer) -> None:
    assert explorer.live("whole") == 0
    whole, points = explorer.zip("whole"), explorer.points("whole")
    assert len(points) > 100
    steps = explorer.attempts("whole")
    assert set(steps.values()) == {1}
    for at, name in list(enumerate(points, start=1))[::STRIDE]:
        folder = f"at-{at}"
        assert explorer.live(folder, at) == 9, f"nobody was killed at {at} {name}"
        assert explorer.live(folder) == 0, f"not finished after a kill at {at} {name}"
        assert explorer.zip(folder) == whole, f"another package after a kill at {at} {name}"
        again = {key: times for key, times in explorer.attempts(folder).items() if times > 1}
        # Before the claim or after the finish stands in the database nothing is repeated; in between, the one step at work.
        assert sum(again.values()) == (2 if again else 0), f"more than the step at work was repeated at {at} {name}: {again}"
        committed = name in {"finish.committed", "claim.before-commit"}
        assert not (committed and again), f"a finished step ran again after {at} {name}: {again}"
