"""Takes the clinic through a whole run in a data folder of its own, to be killed on the way.

It reads lines "TEMPLATE FOLDER CRASH_AT" and forks a child for each, so that Django and the agents are imported once; it answers
with the child's exit status.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    # Everything heavy before the first fork.
    __import__("generation.flows.running")
    for module in ("vision", "requirements", "tests", "architecture", "backlog", "risks", "prose", "reviews"):
        __import__(f"generation.calls.{module}")
    from django.db import connections

    for line in sys.stdin:
        template, folder, crash_at = line.split()
        connections.close_all()
        child = os.fork()
        if child == 0:
            _child(Path(template), Path(folder), crash_at)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # the answer to the test


def _child(template: Path, folder: Path, crash_at: str) -> None:
    """One process's life: a folder that is not there yet is copied from the template, then the run goes on."""
    from django.conf import settings
    from django.core.files.storage import default_storage
    from django.db import connection

    from generation.flows import running
    from generation.models import Run
    from ground import crashpoints

    code = 1
    try:
        if not folder.exists():
            shutil.copytree(template, folder)
        connection.settings_dict["NAME"] = str(folder / "specstep.sqlite3")
        default_storage._location = str(folder / "blobs")  # type: ignore[attr-defined]
        for cached in ("base_location", "location"):
            default_storage.__dict__.pop(cached, None)
        settings.STEP_LEASE_SECONDS = 0.3
        settings.STEP_HEARTBEAT_SECONDS = 0.1
        os.environ[crashpoints.LOG] = str(folder / "points")
        if crash_at != "0":
            os.environ[crashpoints.AT] = crash_at
        crashpoints.start_counting()
        run = Run.objects.get()
        running.drive(run)
        if run.state != Run.State.DONE:
            raise RuntimeError(f"{run.state}: {run.trouble}")
        package = run.package
        with default_storage.open(package.blob) as stored:
            (folder / "package.zip").write_bytes(stored.read())
        (folder / "attempts.json").write_text(json.dumps(dict(run.steps.values_list("key", "attempt"))))
        (folder / "documents").write_text(str(package.documents.count()))
        code = 0
    except BaseException:  # noqa: BLE001  # printed, and the child must never return into the parent's loop
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
