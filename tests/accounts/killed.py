"""A program on a database of its own: deletes an account, is killed at one point after another, and goes on each time."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import traceback
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402

from accounts.flows import erasing, keying, remembering  # noqa: E402
from accounts.models import ApiKey, DeletionRequest, User  # noqa: E402
from ground import clock, crashpoints  # noqa: E402
from tests.accounts.filling import fill, tables_with, traces  # noqa: E402
from tests.migrated import migrate  # noqa: E402

MAILS = Path(settings.DATA_DIR) / "mails"
KILLED, FAILED = 9, 70
BEFORE = {"cancel.before-commit", "deletion.before-commit"}
"""Points in the transaction of the request: it is undone, and nothing was asked for."""


def main() -> dict[str, object]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(MAILS)
    migrate()
    log = Path(settings.DATA_DIR) / "points"
    left: dict[str, list[str]] = {}
    mails: dict[str, int] = {}
    number = 0
    while True:
        number += 1
        word = f"Kestrel{number:02}x"
        user = User.objects.create_user(f"{word}@example.org")
        fill(user, word)
        keying.make(user, name="Sync")
        log.unlink(missing_ok=True)
        if not _child(user, number, log):
            break
        point = log.read_text().split()[-1]
        if point in BEFORE:
            assert not DeletionRequest.objects.filter(user=user).exists()
            assert User.objects.get(pk=user.pk).is_active
            assert ApiKey.objects.filter(made_by=user).count() == 2
            erasing.request_deletion(user)
        with clock.moved(dt.timedelta(minutes=11)):
            erasing.erase_due()
        blobs = Path(settings.DATA_DIR) / "blobs"
        files = [path.name for path in blobs.rglob("*") if path.is_file() and not path.is_relative_to(blobs / remembering.FOLDER)]
        assert remembering.mark_of(user.pk) in remembering.listed(), "a restore would not bring the account back for good"
        if found := [*traces(word, user.pk), *sorted(tables_with(word)), *files]:
            left[point] = found
        # Two mails may stand in one file: Django names it by the second and by a place in memory, which a fork shares.
        mails[point] = sum(path.read_text().count(f"To: {word}@") for path in MAILS.glob("*"))
    undone = DeletionRequest.objects.exclude(result="done", sealed_address="", files=[]).count()
    return {"points": list(mails), "left": left | ({"undone": [str(undone)]} if undone else {}), "mails": mails}


def _child(user: User, number: int, log: Path) -> bool:
    """Ask and erase in another process, which ends at the point of this number. False when there is no such point any more."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # two processes must not speak on one line
    pid = os.fork()
    if pid == 0:
        os.environ |= {crashpoints.AT: str(number), crashpoints.LOG: str(log)}
        crashpoints.start_counting()
        try:
            os._exit(0 if erasing.erase_now(erasing.request_deletion(user).pk) else FAILED)
        except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
            traceback.print_exc()
            os._exit(FAILED)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, KILLED}, f"The child ended with {code}: a fault, and no kill; what it was stands above."
    return code == KILLED


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
