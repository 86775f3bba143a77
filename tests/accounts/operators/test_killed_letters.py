"""A worker that sends a letter is killed again and again; every account has it exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIVES = """
import json, os
import django; django.setup()
from tests.migrated import migrate
from django.db import connection
migrate()
from accounts.flows import mailing
from accounts.models import MailOut, Message, User
from ground import clock, crashpoints
for number in range(7):
    User.objects.create_user(f"person{number}@example.org")
letter = mailing.draft(MailOut(kind="incident", title="T", happened="H", concerns="C", advice="A", known_at=clock.now()))
mailing.start(letter, actor=User.objects.first())
ends = []
while not ends or ends[-1] != 0:
    connection.close()
    child = os.fork()
    if child == 0:
        # Dies one point later in each life: within a batch, before its commit, after it.
        os.environ[crashpoints.AT] = str(len(ends) % 9 + 1)
        crashpoints.start_counting()
        code = 1
        try:
            while mailing.send_batch(letter.pk, size=2):
                pass
            code = 0
        finally:
            os._exit(code)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
letter.refresh_from_db()
told = list(Message.objects.filter(mail_out=letter).values_list("user__email", flat=True))
print(json.dumps({"ends": ends, "told": sorted(told), "state": letter.state}))
"""


@pytest.mark.crash
def test_a_kill_in_the_middle_neither_loses_nor_doubles_anybody(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "SPECSTEP_"))}
    env = {**kept, "DJANGO_SETTINGS_MODULE": "specstep.settings", "SPECSTEP_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", LIVES], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["ends"].count(9) > 4, "it was killed"
    assert found["told"] == [f"person{number}@example.org" for number in range(7)]
    assert found["state"] == "sent"
