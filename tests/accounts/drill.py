"""The restore drill, as a program on a database of its own: back up, delete, restore, delete again. What it found, as JSON."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from accounts.flows import binning, erasing  # noqa: E402
from accounts.models import DeletionRequest, User  # noqa: E402
from generation.flows import discarding  # noqa: E402
from interviews.models import Interview  # noqa: E402
from tests.accounts.filling import fill, tables_with, traces  # noqa: E402
from tests.generation.bin.sketch import sketched  # noqa: E402
from tests.migrated import migrate  # noqa: E402
from tests.plugins.servers import _binaries  # noqa: E402

MAILS = Path(settings.DATA_DIR) / "mails"
BACKUP = Path(settings.DATA_DIR) / "backup"


def main() -> dict[str, Any]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(MAILS)
    migrate()
    gone, stays = (User.objects.create_user(f"{name}@example.org") for name in ("ada", "bea"))
    writer = User.objects.create_user("cal@example.org")
    fill(gone, "Kestrel7")
    fill(stays, "Sparrow5")
    with transaction.atomic():
        package = sketched(writer)
    interview = Interview.objects.get(pk=package.project)
    ids = (gone.pk, gone.workspace.pk)
    kept = tables_with("Sparrow5")
    back_up()

    request = erasing.request_deletion(gone)
    assert erasing.erase_now(request.pk)
    discarding.discard_interview(interview, actor=writer, with_packages=True)
    for item in binning.items(writer):
        binning.purge(item.row, actor=writer)
    number = DeletionRequest.objects.get().number
    restore()

    back = sorted(tables_with("Kestrel7"))
    told = [said("--pretend"), said(), said()]
    return {
        "back": len(back),
        "told": told,
        "left": [*sorted(tables_with("Kestrel7")), *traces("Kestrel7", *ids)],
        "items": [type(row).__name__ for row in (package, interview) if type(row).objects.filter(pk=row.pk).exists()],
        "number": DeletionRequest.objects.get().number == number,
        "mails": sum(path.read_text().count("To: ") for path in MAILS.glob("*")),
        "others": sorted(kept - tables_with("Sparrow5")),
        "people": sorted(user.email for user in User.objects.all()),
        "listed": [len(default_storage.listdir(f"redeletion/{day}")[1]) for day in default_storage.listdir("redeletion")[0]],
        "list": [word for word in ("Kestrel7", str(gone.pk), gone.pk.hex, "example") if word in the_list()],
    }


def said(*options: str) -> str:
    out = io.StringIO()
    call_command("redelete", *options, stdout=out)
    return out.getvalue().strip()


def the_list() -> str:
    folder = Path(default_storage.path("redeletion"))
    return "\n".join(f"{path} {path.read_text()}" for path in folder.rglob("*") if path.is_file())


def back_up() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(BACKUP)])
        return
    _postgres("pg_dump", "--format=plain", f"--file={BACKUP}")


def restore() -> None:
    """The database as it was: everything that happened since is unknown to it. The file storage stays as it is."""
    connections.close_all()
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"]))
        for beside in ("-wal", "-shm"):
            place.with_name(place.name + beside).unlink(missing_ok=True)
        shutil.copy(BACKUP, place)
        return
    connection.close_pool()  # type: ignore[attr-defined]
    _postgres("psql", "--quiet", "--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public")
    _postgres("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={BACKUP}")


def _postgres(program: str, *options: str) -> None:
    address = f"--dbname={os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://')}"
    subprocess.run([str(_binaries() / program), address, *options], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
