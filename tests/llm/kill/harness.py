"""Killing, and counting what was paid twice: used by the tests here and by ``script/bench llm``."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.llm.kill.program import STOPPED
from tests.wire_stub.records import MODEL_APIS
from tests.wire_stub.remote import Remote

ROOT = Path(__file__).resolve().parents[3]
UNSETTLED = {"exchange.response", "exchange.settle", "exchange.settle-before-commit"}
"""Points at which an answer is bought and nothing here says so yet: inside a call. All other points are boundaries."""
LIFE_SECONDS = 60.0


def environment(home: Path, stub: Remote, **more: str) -> dict[str, str]:
    """Of a site of its own that talks to the stub."""
    ours = ("SPECSTEP_", "DATABASE_", "REDIS_", "LLM_", "STEP_", "ANTHROPIC_", "OPENAI_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        **stub.environment,
        "DJANGO_SETTINGS_MODULE": "tests.llm.kill.settings",
        "PYTHONPATH": str(ROOT),
        "SPECSTEP_DATA_DIR": str(home),
        **more,
    }


def prepare(home: Path, stub: Remote, *, graph: str, provider: str, runs: int = 1, **more: str) -> dict[str, str]:
    """A site with runs that are about to begin; returns its environment."""
    home.mkdir(parents=True)
    env = environment(home, stub, **more)
    subprocess.run(
        [sys.executable, "-m", "tests.llm.kill.program", "prepare", graph, provider, str(runs)], env=env, cwd=ROOT, check=True
    )
    return env


def work(env: Mapping[str, str], *, at_once: int) -> dict[str, Any]:
    """One process that works on all runs of the site; its report."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.llm.kill.program", "work", str(at_once)],
        env=dict(env), cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=600,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    return report


class _Program:
    """``tests.llm.kill.program`` in a process: it answers each line with one."""

    def __init__(self, env: Mapping[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.llm.kill.program", *arguments],
            env=dict(env), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._read()

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("The program ended before it answered.")
        return line


class Lives(_Program):
    """A process whose forks do the work, each in a folder of its own under ``home``. "before" holds runs about to begin."""

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self.home, self.env = home, dict(env)
        super().__init__(env)

    def live(self, folder: str, **wish: Any) -> int:
        """One life to its end; its exit status, 9 for one that was ended at ``crash_at``."""
        return int(json.loads(self._say(folder, wish))["ended"])

    def begin(self, folder: str, **wish: Any) -> int:
        """A life that goes on by itself; its process id."""
        return int(json.loads(self._say(folder, wish | {"detach": True}))["pid"])

    def kill(self, pid: int) -> bool:
        """``kill -9``; returns whether there was still somebody to kill."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return int(json.loads(self._ask(json.dumps({"wait": pid})))["ended"]) == -signal.SIGKILL

    def points(self, folder: str) -> list[str]:
        """The names of the points that were reached in a folder."""
        return (self.home / folder / "points").read_text().split()

    def report(self, folder: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / folder / "report.json").read_text())
        return found

    def _say(self, folder: str, wish: dict[str, Any]) -> str:
        return self._ask(json.dumps({"origin": str(self.home / "before")} | {"folder": str(self.home / folder)} | wish))


@contextmanager
def lives(home: Path, stub: Remote, *, graph: str, provider: str, runs: int = 1, **more: str) -> Iterator[Lives]:
    """A site with runs about to begin, and somebody to work on copies of it."""
    env = prepare(home / "before", stub, graph=graph, provider=provider, runs=runs, **more)
    found = Lives(home, env)
    try:
        yield found
    finally:
        found.end()


class Worker(_Program):
    """A process that works on the runs of a site, one after the other, and lives on in between."""

    def __init__(self, env: Mapping[str, str], *, at_once: int) -> None:
        super().__init__(env, "worker", str(at_once))

    def next_run(self) -> dict[str, Any]:
        """The report of the next run, once it is over."""
        found: dict[str, Any] = json.loads(self._ask("go"))
        return found


@contextmanager
def worker(home: Path, stub: Remote, *, graph: str, provider: str, runs: int, at_once: int, **more: str) -> Iterator[Worker]:
    """A site with so many runs about to begin, and the worker that is told to begin each."""
    found = Worker(prepare(home, stub, graph=graph, provider=provider, runs=runs, **more), at_once=at_once)
    try:
        yield found
    finally:
        found.end()


_deaths = itertools.count(1)


@dataclass(frozen=True)
class Killed:
    """What a kill cost."""

    point: str
    """Name of the point, or the number of the call."""
    in_flight: int
    """Calls in flight then."""
    repeated: int
    """Prompts that were paid twice."""
    finished: bool
    """The run was finished by the next process, with what an undisturbed run says."""
    resumed_after: float = 0.0
    """Seconds from the kill to the next call or result."""
    unnoted: int = 0
    """Of those in flight, the calls that had no id of an answer in the background yet."""


def repeated(stub: Remote) -> int:
    """How many times a prompt was paid again, so far."""
    return int(stub.stats()["repeated_prompts"])


def paid(stub: Remote) -> int:
    return sum(1 for one in stub.calls() if one["api"] in MODEL_APIS and one["paid"])


def kill_at_point(found: Lives, stub: Remote, number: int, name: str, whole: dict[str, Any]) -> Killed:
    """Die at the point with this number, go on in a new process."""
    # A folder of its own: another test of the session may have died at the same point.
    folder = f"point-{number}-{next(_deaths)}"
    stub.reset()
    if (ended := found.live(folder, crash_at=number)) != 9:
        raise RuntimeError(f"Nobody died at point {number}: the process ended with {ended}.")
    code = found.live(folder)
    finished = code == 0 and results(found.report(folder)) == results(whole)
    shutil.rmtree(found.home / folder)  # a whole site each, and there are hundreds
    return Killed(name, 1 if name in UNSETTLED else 0, repeated(stub), finished)


@dataclass(frozen=True)
class State:
    """A run with some of its steps done, and what happens in the next one."""

    folder: Path
    points: list[str]
    """The names of the points that the next step reaches."""
    paid: frozenset[str]
    """Hashes of the prompts that were paid before."""


def states(found: Lives, stub: Remote) -> list[State]:
    """The run before each of its steps, each state made from the one before it: a kill need not begin at the beginning."""
    stub.reset()
    known: list[State] = []
    origin, ended = found.home / "before", STOPPED
    while ended == STOPPED:
        paid, folder = frozenset(_paid_prompts(stub)), f"state-{len(known) + 1}"
        ended = found.live(folder, origin=str(origin), steps=1)
        known.append(State(origin, found.points(folder), paid))
        origin = found.home / folder
    if ended:
        raise RuntimeError(f"The run ended with {ended} after {len(known)} steps.")
    return known


def kill_in_step(found: Lives, stub: Remote, state: State, number: int, whole: dict[str, Any]) -> Killed:
    """Die in the step that follows ``state`` at its point with this number; a new process does that step and two more."""
    name = state.points[number - 1]
    folder = f"step-{next(_deaths)}"
    stub.reset()
    if (ended := found.live(folder, origin=str(state.folder), crash_at=number)) != 9:
        raise RuntimeError(f"Nobody died at {name}: the process ended with {ended}.")
    code = found.live(folder, steps=3)
    went_on = code in {0, STOPPED} and _agree(found.report(folder), whole, done=len(state.paid) + (1 if code == 0 else 2))
    shutil.rmtree(found.home / folder)
    paid = Counter(_paid_prompts(stub))
    again = sum(count - 1 for count in paid.values()) + len(paid.keys() & state.paid)
    return Killed(name, 1 if name in UNSETTLED else 0, again, went_on)


def _agree(report: dict[str, Any], whole: dict[str, Any], *, done: int) -> bool:
    """What is done says what it says in an undisturbed run, and that many steps at least are done."""
    [mine], [wanted] = report["runs"], whole["runs"]
    results = {key: result for key, result in mine["results"].items() if result is not None}
    return len(results) >= done and all(wanted["results"][key] == result for key, result in results.items())


def _paid_prompts(stub: Remote) -> list[str]:
    return [one["prompt_sha"] for one in stub.calls() if one["api"] in MODEL_APIS and one["paid"]]


def kill_in_call(
    found: Lives, stub: Remote, number: int, whole: dict[str, Any], *, at_once: int, after: float, settings: dict[str, Any]
) -> Killed | None:
    """Kill ``after`` seconds into the call with this number, go on in a new process; None when the run was over by then."""
    folder = f"call-{number}-{at_once}"
    killed_at, in_flight = _killed(found, stub, folder, number, at_once=at_once, after=after, settings=settings)
    if not killed_at:
        return None
    unnoted = _asked(found.home / folder, " AND response_id = ''")
    code = found.live(folder, at_once=at_once, settings=settings)
    finished = code == 0 and results(found.report(folder)) == results(whole)
    return Killed(f"call {number}", in_flight, repeated(stub), finished, _resumed(stub, killed_at), unnoted)


def kill_and_start_anew(found: Lives, stub: Remote, *, number: int, after: float, at_once: int = 4) -> Killed:
    """Kill inside a call and start a process from nothing, as a supervisor does, with the leases of the settings."""
    folder = f"anew-{number}"
    killed_at, in_flight = _killed(found, stub, folder, number, at_once=at_once, after=after, settings={})
    report = work(found.env | {"SPECSTEP_DATA_DIR": str(found.home / folder)}, at_once=at_once)
    finished = all(run["state"] == "done" for run in report["runs"])
    return Killed(f"call {number}", in_flight, repeated(stub), finished, _resumed(stub, killed_at))


def _killed(
    found: Lives, stub: Remote, folder: str, number: int, *, at_once: int, after: float, settings: dict[str, Any]
) -> tuple[float, int]:
    """When it was killed, 0 if the run was over before, and how many calls were in flight then."""
    stub.reset()
    pid = found.begin(folder, at_once=at_once, settings=settings)
    give_up = time.monotonic() + LIFE_SECONDS
    while _arrived(stub) < number and time.monotonic() < give_up:
        time.sleep(0.002)
    time.sleep(after)
    at_vendor, now = _in_flight(stub), time.time()
    if not found.kill(pid):
        return 0.0, 0
    # An answer that was sent and not yet written down here is in flight too, as is a call that began at the last moment.
    return now, max(at_vendor, _asked(found.home / folder))


def _asked(folder: Path, more: str = "") -> int:
    """Calls that the ledger on the disk has as asked and not ended; ``more`` is a further condition in SQL."""
    calls = "SELECT count(*) FROM llm_modelcall LEFT JOIN llm_exchange ON llm_exchange.call_id = llm_modelcall.id"
    with contextlib.closing(sqlite3.connect(folder / "specstep.sqlite3", timeout=20)) as database:
        [(count,)] = database.execute(f"{calls} WHERE llm_modelcall.state = 'asked'{more}").fetchall()
    return int(count)


def _resumed(stub: Remote, killed_at: float) -> float:
    """Seconds to the next request of any kind: a call, or the look at an answer in the background."""
    later = [one["t_in"] for one in stub.calls() if one["t_in"] > killed_at]
    return min(later) - killed_at if later else 0.0


def results(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What the runs came to."""
    return [(run["state"], run["results"]) for run in report["runs"]]


def _arrived(stub: Remote) -> int:
    """Calls that were begun, with those that wait for their answer."""
    streaming = stub.in_flight()
    return streaming + sum(1 for one in stub.calls() if one["api"] in MODEL_APIS)


def _in_flight(stub: Remote) -> int:
    """Calls that are being worked on: streams, and background responses that are not done."""
    now = time.time()
    waiting = sum(1 for one in stub.calls() if one.get("background") and (one.get("t_done") or 0.0) > now)
    return stub.in_flight() + waiting
