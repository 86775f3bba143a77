"""Lives of a worker: each line it reads, "FROM FOLDER CRASH_AT STEPS", is one process that works on a run and ends or is ended.

Django and the agents are imported once; each life is a fork of that. The answer to a line is the exit status of the life.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    # Everything heavy before the first fork.
    __import__("generation.flows.running")
    for module in ("vision", "requirements", "tests", "architecture", "backlog", "risks", "prose", "reviews"):
        __import__(f"generation.calls.{module}")
    _warm_up()
    for line in sys.stdin:
        origin, folder, crash_at, steps = line.split()
        child = os.fork()
        if child == 0:
            _live(Path(origin), Path(folder), int(crash_at), int(steps))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # the answer to the test


def _warm_up() -> None:
    """One whole run before the first fork, so that templates, schemas and patterns are read once and not in every life."""
    from django.conf import settings
    from django.db import connections

    template = Path(settings.DATA_DIR)
    folder = template.with_name(f"warm-{os.getpid()}")
    shutil.copytree(template, folder)
    _move_into(folder)
    _work(folder, 0, 0)
    connections.close_all()
    shutil.rmtree(folder)
    os.environ.pop("SPECSTEP_CRASH_LOG")


def _live(origin: Path, folder: Path, crash_at: int, steps: int) -> None:
    """Work in ``folder``, which is first copied from ``origin`` where it is not there yet; never returns.

    ``crash_at`` is the point to die at, 0 for none; ``steps`` how many steps to do at most, 0 for all.
    """
    code = 1
    try:
        if not folder.exists():
            shutil.copytree(origin, folder)
        _move_into(folder)
        _work(folder, crash_at, steps)
        code = 0
    except BaseException:  # noqa: BLE001  # printed, and the child must never return into the parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _move_into(folder: Path) -> None:
    from django.core.files.storage import FileSystemStorage, default_storage
    from django.db import connection

    connection.settings_dict["NAME"] = str(folder / "specstep.sqlite3")
    default_storage._wrapped = FileSystemStorage(location=folder / "blobs")  # type: ignore[attr-defined]


def _work(folder: Path, crash_at: int, steps: int) -> None:
    from django.db import connection

    from generation.flows import ringing, running, sweeping
    from generation.models import Package, Run
    from ground import crashpoints

    with ringing.silence():
        sweeping.sweep()  # as every worker does when it starts: gives on what a dead one held
    os.environ[crashpoints.LOG] = str(folder / "points")
    if crash_at:
        os.environ[crashpoints.AT] = str(crash_at)
    crashpoints.start_counting()
    run = Run.objects.get()
    if steps:
        for _ in range(steps):
            with ringing.silence():
                running.work(running.due(run)[0])
        connection.close()
        return
    running.drive(run)
    if run.state != Run.State.DONE:
        raise RuntimeError(f"{run.state}: {run.trouble}")
    blobs = sorted(str(path.relative_to(folder)) for path in (folder / "blobs").rglob("*") if path.is_file())
    report = {
        "attempts": dict(run.steps.values_list("key", "attempt")),
        "results": dict(run.steps.values_list("key", "input_sha256")),
        "documents": dict(run.package.documents.values_list("path", "sha256")),
        "packages": Package.objects.count(),
        "blob": f"blobs/{run.package.blob}",
        "blobs": blobs,
    }
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
