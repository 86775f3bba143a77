"""A worker that prepares an export is killed at each of its points; in the end there is one archive, and one mail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIVES = """
import datetime as dt, json, os, pathlib
import django; django.setup()
from tests.migrated import migrate
from django.conf import settings
from django.db import connection
migrate()
from accounts.flows import exporting
from accounts.models import Export, Message, User
from ground import clock, crashpoints
blobs = pathlib.Path(settings.DATA_DIR) / "blobs"
user = User.objects.create_user("alice@example.org")
found, number = [], 0
while True:
    number += 1
    Message.objects.all().delete()
    export = exporting.ask(user)
    connection.close()
    child = os.fork()
    if child == 0:
        os.environ[crashpoints.AT] = str(number)
        crashpoints.start_counting()
        exporting.prepare(export.pk)
        os._exit(0)
    end = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with clock.moved(exporting.LEASE):
        exporting.sweep()
        exporting.prepare(export.pk)
        exporting.sweep()
    rows = [(row.state, row.pk == export.pk, row.file) for row in Export.objects.all()]
    files = [f"exports/{path.name}" for path in blobs.rglob("*.zip")]
    found.append({"end": end, "rows": rows, "files": files, "mails": Message.objects.count()})
    if end == 0:
        break
print(json.dumps(found))
"""


@pytest.mark.crash
def test_a_kill_at_any_point_leaves_one_archive_and_one_mail(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "SPECSTEP_"))}
    env = {**kept, "DJANGO_SETTINGS_MODULE": "specstep.settings", "SPECSTEP_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", LIVES], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    lives = json.loads(ended.stdout.splitlines()[-1])
    assert [life["end"] for life in lives].count(9) >= 5, "it was killed"
    for life in lives:
        [[state, newest, file]] = life["rows"]
        assert (state, newest, life["files"], life["mails"]) == ("ready", True, [file], 1)
