"""Lives of a worker that end at every point of dispatching, one after the other.

``lives.py URL`` prepares a run and two webhooks at URL. Then, for each point, it forks a life that cancels the run, sends and
dies there, and one that goes on after it. Prints one JSON object per point: its name and what the rows say at the end.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from tests.migrated import migrate

    migrate()
    print(json.dumps({"secrets": _prepare(sys.argv[1])}), flush=True)  # noqa: T201  # the answer to the test
    connections.close_all()
    home = Path(settings.DATA_DIR)
    for at in range(1, 1000):
        folder = home.with_name(f"life-{at}")
        shutil.copytree(home, folder)
        _move_into(folder)
        ended = _forked(lambda at=at, folder=folder: _change_and_work(folder, at))  # type: ignore[misc]
        if ended == 0:
            return
        if ended != 9 or _forked(lambda folder=folder: _go_on(folder)) != 0:  # type: ignore[misc]
            sys.exit(f"point {at}: a life ended with {ended}")
        report = json.loads((folder / "report.json").read_text())
        name = (folder / "points").read_text().split()[-1]
        print(json.dumps({"point": name, **report}), flush=True)  # noqa: T201
        shutil.rmtree(folder)


def _prepare(url: str) -> dict[str, str]:
    from accounts.models import User
    from delivery.flows import subscribing
    from generation.models import Run
    from ground import clock
    from interviews.models import Interview
    from llm.redaction import find_secrets

    find_secrets("warm")
    owner = User.objects.create_user("dana@example.org")
    interview = Interview.objects.create(workspace=owner.workspace, title="Desk", state=Interview.State.CLOSED)
    Run.objects.create(
        workspace=owner.workspace, interview=interview, number=1, evidence={}, evidence_sha256="0" * 64, frozen_at=clock.now()
    )
    paths = ("/one", "/two")
    return {path: subscribing.add(owner.workspace, url=url + path, events=["run.cancelled"], actor=owner)[1] for path in paths}


def _forked(life: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            life()
            code = 0
        except BaseException:  # noqa: BLE001  # printed, and the child must never return into the parent's loop
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _move_into(folder: Path) -> None:
    from django.db import connection

    connection.settings_dict["NAME"] = str(folder / "specstep.sqlite3")


def _change_and_work(folder: Path, at: int) -> None:
    from ground import crashpoints

    os.environ[crashpoints.LOG], os.environ[crashpoints.AT] = str(folder / "points"), str(at)
    crashpoints.start_counting()
    _change()
    _work()


def _go_on(folder: Path) -> None:
    """The next worker, once the leases of the dead one are over; the change is made now if it was not."""
    from delivery.flows import dispatching, sweeping
    from delivery.models import Dispatch, Event
    from generation.models import Run
    from ground import clock

    before = Event.objects.count()
    if not Run.objects.get().is_over:
        _change()
    with clock.moved(dispatching.LEASE + dt.timedelta(seconds=1)):
        sweeping.sweep_webhooks()
        _work()
    rows = list(Dispatch.objects.values_list("pk", "state"))
    report = {"events_before": before, "dispatches": {str(pk): state for pk, state in rows}}
    (folder / "report.json").write_text(json.dumps(report))


def _change() -> None:
    from generation.flows import cancelling
    from generation.models import Run

    cancelling.cancel(Run.objects.get())


def _work() -> None:
    from delivery.flows import dispatching
    from delivery.models import Endpoint

    for pk in Endpoint.objects.values_list("pk", flat=True):
        dispatching.work(pk)


if __name__ == "__main__":
    main()
