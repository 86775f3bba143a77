"""An empty database of the present schema: migrated once for each state of the migrations, and copied from then on.

Programs that tests start on a data folder of their own call ``migrate`` where ``manage.py migrate`` would take seconds each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = "specstep.sqlite3"
"""The name of the database in a data folder."""


def migrate() -> None:
    """Bring the database of the settings up to date. A new file of SQLite is a copy, where one was made before."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    place = Path(str(settings.DATABASES["default"]["NAME"]))
    fresh = connection.vendor == "sqlite" and (not place.exists() or not place.stat().st_size)
    if fresh and seed(place.parent, name=place.name):
        return
    call_command("migrate", verbosity=0, skip_checks=True)
    if fresh:
        connection.close()
        _keep(place)


def seed(folder: Path, *, name: str = FILE) -> bool:
    """Lay an empty, migrated database into this data folder; False when none was made yet."""
    if not copy().exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}"
    shutil.copy(copy(), draft)
    draft.replace(folder / name)
    return True


@cache
def copy() -> Path:
    """Where the copy lies, named by what it was made from."""
    state = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        state.update(file.name.encode() + file.read_bytes())
    return Path(tempfile.gettempdir()) / f"specstep-empty-{os.getuid()}-{state.hexdigest()[:20]}.sqlite3"


def _keep(database: Path) -> None:
    """Keep a copy for those who come next; whole or not at all."""
    draft = copy().with_suffix(f".{os.getpid()}")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(draft),))
    draft.replace(copy())
