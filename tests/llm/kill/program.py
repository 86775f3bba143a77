"""The process that is killed. Each line it reads is one life, a fork: it works on the runs of a folder and ends, or is ended.

A line is a JSON object: ``folder`` and ``origin`` to copy it from where it is not there yet, ``at_once`` steps side by side in
each run, ``crash_at`` the point to die at, ``steps`` after which the process ends as it begins the next one, and ``detach`` to be
told the process id at once. The answer is a line of JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.steps import Bench, Result, Work

STOPPED = 8
"""The exit status of a process that has done as many steps as it was asked for."""


def main() -> None:
    import django

    django.setup()
    # Everything heavy before the first fork; no thread is started by these.
    for module in ("generation.flows.running", "anthropic.resources.messages", "openai.resources.responses", "httpx2"):
        __import__(module)
    from llm import pricing
    from llm.redaction import find_secrets
    from tests.llm.kill import graphs

    # What a process reads or compiles once in its life, as the control has by its second round.
    find_secrets(graphs.BRIEF)
    pricing.listed()
    if sys.argv[1:2] == ["prepare"]:
        prepare(*sys.argv[2:])
        return
    if sys.argv[1:2] == ["crowd"]:
        sys.stdout.write(json.dumps(crowd(int(sys.argv[2]), sys.argv[3])) + "\n")
        sys.stdout.flush()
        os._exit(0)
    if sys.argv[1:2] == ["work"]:
        sys.stdout.write(json.dumps(_work({"at_once": int(sys.argv[2])})) + "\n")
        sys.stdout.flush()
        os._exit(0)
    if sys.argv[1:2] == ["worker"]:
        _worker(int(sys.argv[2]))
        return
    _lives()


def _worker(at_once: int) -> None:
    """A process that lives on, as a worker does: for each line it reads it works on the next run, and says what that took."""
    from django.urls import get_resolver

    from generation.flows import ringing, running
    from generation.models import Run
    from tests.llm.kill.graphs import WORKS

    assert get_resolver().url_patterns  # as below
    counted = _Counted()
    counted.listen()
    print("ready", flush=True)  # noqa: T201  # to the harness
    for run, _ in zip(Run.objects.order_by("pk"), sys.stdin, strict=False):
        before, processor, begun = counted.report(), time.process_time(), time.time()
        with ringing.silence():
            running.drive(run, at_once=at_once, works=WORKS)
        ended, after = time.time(), counted.report()
        said = {"state": run.state, "trouble": run.trouble, "begun": begun, "ended": ended}
        used = {name: after[name] - before[name] - 1 for name in before}  # looking counts as one
        print(json.dumps(said | used | {"cpu": time.process_time() - processor}), flush=True)  # noqa: T201


def prepare(graph: str, provider: str, runs: str) -> None:
    """An empty site with runs that are about to begin."""
    from tests.migrated import migrate

    migrate()
    from accounts.models import User
    from generation.flows import recording, ringing
    from generation.flows.freezing import evidence_of, sha256_of
    from generation.models import Run, Step
    from ground import clock
    from interviews.flows import opening
    from llm.redaction_keys import redaction_for
    from tests.llm.kill.graphs import GRAPHS

    for number in range(int(runs)):
        user = User.objects.create_user(f"scribe{number}@example.org")
        interview = opening.open_interview(workspace=user.workspace, title=f"Scribe {number}")
        redaction_for(user.workspace.pk)  # makes the site's own keys, so that copies of the folder have them
        evidence = evidence_of(interview)
        run = Run.objects.create(
            workspace=user.workspace,
            interview=interview,
            number=1,
            provider=provider,
            evidence=evidence.model_dump(mode="json"),
            evidence_sha256=sha256_of(evidence),
            frozen_at=clock.now(),
        )
        Step.objects.bulk_create(
            Step(run=run, key=node.key, kind=node.kind, lane="write", title=node.key, position=place, needs=list(node.needs))
            for place, node in enumerate(GRAPHS[graph])
        )
        with ringing.silence():
            recording.make_ready(run)


def crowd(size: int, provider: str) -> dict[str, Any]:
    """So many calls wait at once in this process; what the database holds open meanwhile."""
    from django.db import connection

    from accounts.models import User
    from billing.purses import UnmeteredPurse
    from llm import gateway
    from tests.llm.kill.graphs import BRIEF
    from tests.llm.kill.scribe.calls import PLAN, Task

    purse = UnmeteredPurse(User.objects.get().workspace.pk)
    answers: list[str] = []

    def ask(number: int) -> None:
        try:
            answers.append(gateway.ask(PLAN, Task(brief=BRIEF, number=number), purse=purse, provider=provider).title)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(size)]
    begun = time.time()
    for thread in threads:
        thread.start()
    looks: list[tuple[float, int]] = []
    while any(thread.is_alive() for thread in threads):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'")
            looks.append((time.time(), cursor.fetchone()[0]))
        time.sleep(0.05)
    return {"answered": len(answers), "seconds": time.time() - begun, "begun": begun, "looks": looks, "threads": size}


def _lives() -> None:
    from django.urls import get_resolver

    assert get_resolver().url_patterns  # a worker loads the pages once in its life, at the end of its first run
    print("ready", flush=True)  # noqa: T201  # to the harness
    children: dict[int, float] = {}
    for line in sys.stdin:
        wish = json.loads(line)
        if wish.get("wait"):
            _, status = os.waitpid(wish["wait"], 0)
            print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201
            continue
        child = os.fork()
        if child == 0:
            _live(wish)
        children[child] = time.time()
        if wish.get("detach"):
            print(json.dumps({"pid": child}), flush=True)  # noqa: T201
            continue
        _, status = os.waitpid(child, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


def _live(wish: dict[str, Any]) -> None:
    """One life; never returns."""
    code = 1
    try:
        folder = Path(wish["folder"])
        is_new = not folder.exists()
        if is_new:
            shutil.copytree(wish["origin"], folder)
            (folder / "points").unlink(missing_ok=True)
        _move_into(folder, is_new=is_new)
        for name, value in wish.get("environment", {}).items():
            os.environ[name] = value
        for name, value in wish.get("settings", {}).items():
            from django.conf import settings

            setattr(settings, name, value)
        (folder / "report.json").write_text(json.dumps(_work(wish, folder=folder)))
        code = 0
    except BaseException:  # noqa: BLE001  # printed, and the child must never return into the parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _move_into(folder: Path, *, is_new: bool) -> None:
    """Work in the database of the folder: its file, or one on the server that is copied from the first."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = str(folder / "specstep.sqlite3")
        return
    import psycopg

    given = connection.settings_dict
    origin, name = given["NAME"], f"{given['NAME']}_{folder.name}".replace("-", "_")
    if is_new:
        with psycopg.connect(
            host=given["HOST"], port=given["PORT"], user=given["USER"], dbname="postgres", autocommit=True
        ) as server:
            server.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(psycopg.sql.Identifier, (name, origin))))
    given["NAME"] = name


class _Counted:
    """Statements and commits of this process, in all its threads."""

    def __init__(self) -> None:
        self.statements, self.commits = itertools.count(), itertools.count()

    def listen(self) -> None:
        from django.db.backends.signals import connection_created

        connection_created.connect(self._note, weak=False)

    def _note(self, connection: Any, **_: Any) -> None:
        def one(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
            next(self.statements)
            return execute(sql, params, many, context)

        connection.execute_wrappers[:] = [one]
        if not hasattr(connection, "_counted"):
            connection._counted, commit = True, connection._commit
            connection._commit = lambda: (next(self.commits), commit())[1]

    def report(self) -> dict[str, int]:
        return {"statements": next(self.statements), "commits": next(self.commits)}


def _work(wish: dict[str, Any], folder: Path | None = None) -> dict[str, Any]:
    """Work on all runs that are not over, each in a thread of its own; what each came to and when."""
    from generation.flows import ringing, running, sweeping
    from generation.models import Run
    from ground import crashpoints
    from tests.llm.kill.graphs import WORKS

    begun, counted = time.time(), _Counted()
    counted.listen()
    with ringing.silence():
        sweeping.sweep()  # as every worker does when it starts: gives on what a dead one held
    if folder is not None:
        os.environ[crashpoints.LOG] = str(folder / "points")
    if wish.get("crash_at"):
        os.environ[crashpoints.AT] = str(wish["crash_at"])
    crashpoints.start_counting()
    runs = list(Run.objects.order_by("pk"))
    ends: dict[str, float] = {}
    works = _stopping(wish["steps"], folder) if wish.get("steps") and folder is not None else WORKS

    def drive(run: Run) -> None:
        from django.db import connection

        try:
            if not run.is_over:
                running.drive(run, at_once=wish.get("at_once", 1), works=works)
        finally:
            connection.close()
        ends[str(run.pk)] = time.time()

    threads = [threading.Thread(target=drive, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = counted.report()
    return said | _report() | {"begun": begun, "provider": runs[0].provider, "cpu": time.process_time(), "ends": ends}


def _report() -> dict[str, Any]:
    """What the runs came to."""
    from generation.models import Run

    return {
        "ended": time.time(),
        "runs": [
            {
                "state": run.state,
                "trouble": run.trouble,
                "results": dict(run.steps.values_list("key", "result")),
                "attempts": dict(run.steps.values_list("key", "attempt")),
            }
            for run in Run.objects.order_by("pk")
        ],
    }


def _stopping(steps: int, folder: Path) -> Mapping[str, Work]:
    """The works of W; this process ends as it begins to work on one more than so many steps."""
    from generation.steps import Work
    from tests.llm.kill.graphs import WORKS

    begun = itertools.count()

    def stopping(do: Callable[[Bench], Result]) -> Callable[[Bench], Result]:
        def one(bench: Bench) -> Result:
            if next(begun) >= steps:
                (folder / "report.json").write_text(json.dumps(_report()))
                os._exit(STOPPED)
            return do(bench)

        return one

    return {kind: Work(work.version, stopping(work.do)) for kind, work in WORKS.items()}


if __name__ == "__main__":
    main()
