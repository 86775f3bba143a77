"""Worker and beat as processes of their own, on a site of their own, to be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[3]
SHELF = Path(__file__).with_name("shelf.yaml")
AT = "2026-11-20T10:00:00Z"
PREPARE = """
import django; django.setup()
from tests.migrated import migrate
migrate()
import datetime as dt, sys
from pathlib import Path
from accounts.models import User
from billing.purses import UnmeteredPurse
from generation import answersfile
from delivery.models import Endpoint
from generation.flows import starting
from ground import clock, vault
from interviews.flows import opening, rehearsing
user = User.objects.create_user("crash@example.org")
given = answersfile.read(Path(sys.argv[1]))
purse = UnmeteredPurse(user.workspace.pk)
# Somebody listens, at an address that is refused before anything is sent: what counts here are the events.
hook = Endpoint(workspace=user.workspace, url="https://127.0.0.1:1/hook", events=["run.started", "run.completed", "run.failed"])
hook.sealed = vault.seal("whsec_of_nobody", purpose="webhook secret", row=hook.pk)
hook.save(force_insert=True)
with clock.frozen(dt.datetime.fromisoformat(sys.argv[2])):
    interview = opening.open_interview(workspace=user.workspace, title=given.title)
    rehearsing.rehearse(interview, list(given.answers), brief=given.brief, purse=purse, provider="offline")
    starting.start(interview, provider="offline")
"""

TWICE = """
import django; django.setup()
from generation.models import Step
from specstep.celery import app
for step in Step.objects.exclude(state="done").values_list("pk", flat=True):
    for _ in range(2):
        app.send_task("generation.work", args=(str(step),))
"""


class Site:
    """One data folder, one database, one broker."""

    def __init__(self, home: Path, *, database: str = "", broker: str = "") -> None:
        self.home, self.database, self.broker = home, database, broker
        self.started: list[subprocess.Popen[bytes]] = []
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SPECSTEP_", "DATABASE_", "REDIS_"))},
            "DJANGO_SETTINGS_MODULE": "specstep.settings",
            "PYTHONPATH": str(ROOT),
            "SPECSTEP_DATA_DIR": str(home),
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "DATABASE_POOL": "8",
            "STEP_LEASE_SECONDS": "6",
            "STEP_HEARTBEAT_SECONDS": "2",
            "STEP_SWEEP_SECONDS": "1",
        }

    def prepare(self) -> None:
        """An interview is closed and its run has begun; nobody works yet."""
        subprocess.run([sys.executable, "-c", PREPARE, str(SHELF), AT], env=self.env, cwd=ROOT, check=True)

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", "--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle")

    def beat(self) -> subprocess.Popen[bytes]:
        return self._start("beat", "--schedule", str(self.home / "beat"), "--pidfile=")

    def lose_the_broker(self) -> None:
        """Everything the broker holds is gone."""
        if self.broker:
            redis.Redis.from_url(self.broker).flushall()
        else:
            shutil.rmtree(self.home / "broker", ignore_errors=True)

    def close_the_broker(self, seconds: float) -> None:
        """Redis takes no command of anybody for so long; nothing for a broker in a folder."""
        if self.broker and seconds:
            redis.Redis.from_url(self.broker).client_pause(int(seconds * 1000))

    def ring_twice(self) -> None:
        """Each step that is still to be done is sent to the workers twice, one message right after the other."""
        subprocess.run([sys.executable, "-c", TWICE], env=self.env, cwd=ROOT, check=True)

    def asked(self, sql: str) -> list[tuple[object, ...]]:
        if self.database:
            with psycopg.connect(self.database) as connection:
                return connection.execute(sql).fetchall()
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.home / "specstep.sqlite3", timeout=20)) as database:
            return list(database.execute(sql))

    def done(self) -> dict[str, int]:
        """The finished steps and how often each was begun."""
        return {
            str(key): int(str(attempt))
            for key, attempt in self.asked("SELECT key, attempt FROM generation_step WHERE state = 'done'")
        }

    def state(self) -> str:
        return str(self.asked("SELECT state FROM generation_run")[0][0])

    def zip(self) -> bytes:
        [(blob,)] = self.asked("SELECT blob FROM generation_package")
        return (self.home / "blobs" / str(blob)).read_bytes()

    def log(self) -> str:
        return (self.home / "log").read_text()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "specstep", "--quiet", *command, "--loglevel", "WARNING"],
                env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(process)
        return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """``kill -9`` of the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def site(home: Path, *, database: str = "", broker: str = "") -> Iterator[Site]:
    home.mkdir()
    found = Site(home, database=database, broker=broker)
    try:
        yield found
    finally:
        for process in found.started:
            if process.poll() is None:
                kill(process)


def seconds_until(happened: Callable[[], bool], *, at_most: float, what: str) -> float:
    """How long it took."""
    begun = time.monotonic()
    while not happened():
        if time.monotonic() - begun > at_most:
            pytest.fail(f"{what}: not within {at_most:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - begun
