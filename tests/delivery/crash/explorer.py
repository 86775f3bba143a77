"""Lives of a worker that ends a run and delivers its package; each is a fork that may be ended at one of its points.

Printed as JSON: the points of a whole life, and for each of them what was not as it should be after the next worker went on.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def main(home: Path) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from tests.delivery import shelf
    from tests.migrated import migrate

    settings.DELIVERY_KINDS = {shelf.NAME: shelf.__name__}
    migrate()
    _prepare(home)
    _warm_up()
    connections.close_all()
    template = home / "template.sqlite3"
    shutil.copy(settings.DATA_DIR / "specstep.sqlite3", template)

    assert _fork(home, template, "whole", _live, log=home / "points") == 0
    points = (home / "points").read_text().split()
    faults: dict[str, list[str]] = {}
    for at, name in enumerate(points, start=1):
        folder = f"killed-{at}"
        if _fork(home, template, folder, _live, crash_at=at) != 9:
            faults[f"{at} {name}"] = ["nobody was killed"]
        elif _fork(home, None, folder, _go_on) != 0:
            faults[f"{at} {name}"] = ["the next worker failed"]
        elif found := json.loads((home / folder / "faults").read_text()):
            faults[f"{at} {name}"] = found
    print(json.dumps({"points": points, "faults": faults}))  # noqa: T201  # the answer to the test


def _prepare(home: Path) -> None:
    from accounts.models import User
    from interviews.models import Interview
    from tests.delivery.conftest import make_channel
    from tests.delivery.shelf import Shelf

    alice = User.objects.create_user("alice@example.org", "Alice Moreau")
    make_channel(alice, Shelf(home / "nowhere"))
    Interview.objects.create(workspace=alice.workspace, title="Desk")


def _warm_up() -> None:
    """Everything heavy is loaded before the first fork and not in every life."""
    import celery.app.amqp

    from delivery.flows import delivering
    from llm.redaction import redact

    assert delivering
    assert celery.app.amqp
    redact("Nothing secret.")


def _fork(
    home: Path,
    template: Path | None,
    name: str,
    life: Callable[[Path], None],
    *,
    crash_at: int = 0,
    log: Path | None = None,
) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            folder = home / name
            folder.mkdir(exist_ok=True)
            if template is not None:
                shutil.copy(template, folder / "db.sqlite3")
            _move_into(folder)
            _arm(crash_at, log)
            life(folder)
            code = 0
        except BaseException:  # noqa: BLE001  # printed, and the child must never return into the parent's loop
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _move_into(folder: Path) -> None:
    from django.db import connection

    from delivery.models import Channel

    connection.settings_dict["NAME"] = str(folder / "db.sqlite3")
    Channel.objects.update(place={"folder": str(folder / "shelf")})


def _arm(crash_at: int, log: Path | None) -> None:
    from ground import crashpoints

    if log:
        os.environ[crashpoints.LOG] = str(log)
    if crash_at:
        os.environ[crashpoints.AT] = str(crash_at)
    crashpoints.start_counting()


def _live(folder: Path) -> None:
    """The run ends, and the worker that heard the bell delivers."""
    from delivery.flows import delivering
    from delivery.models import Delivery
    from interviews.models import Interview
    from tests.delivery.conftest import make_package

    make_package(Interview.objects.get())
    delivering.work(Delivery.objects.get().pk)


def _go_on(folder: Path) -> None:
    """The next worker, some minutes later: what the last step of the run would do again, and the sweep."""
    import datetime as dt

    from delivery.flows import delivering, queueing
    from delivery.models import Delivery
    from generation.models import Package
    from ground import clock
    from interviews.models import Interview
    from tests.delivery.conftest import make_package

    if not Package.objects.exists():
        make_package(Interview.objects.get())
    with clock.moved(dt.timedelta(minutes=5)):
        queueing.sweep()
        for row in Delivery.objects.all():
            delivering.work(row.pk)
    (folder / "faults").write_text(json.dumps(_faults(folder)))


def _faults(folder: Path) -> list[str]:
    from accounts.models import AuditEvent
    from delivery.models import Delivery, Try
    from delivery.rules.preparing import chosen
    from tests.delivery.conftest import FILES
    from tests.delivery.shelf import Shelf

    shelf = Shelf(folder / "shelf")
    row = Delivery.objects.get()
    placed = [call for call in shelf.calls if call["call"] == "placed"]
    told = {
        "it was not delivered": row.state == "sent" and row.sent_at is not None,
        "it was placed more than once, or never": len(placed) == 1,
        "the files are not those of the package": set(shelf.files(row.package_id)) == {*chosen(FILES), ".digest"},
        "the history tells it more than once": Try.objects.filter(ok=True).count() == 1,
        "the audit tells it more than once": AuditEvent.objects.filter(action="channel.delivered").count() == 1,
    }
    return [sentence for sentence, holds in told.items() if not holds]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
