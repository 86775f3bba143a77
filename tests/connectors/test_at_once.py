"""Many workers at one moment, on PostgreSQL. On SQLite the other tests here do it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.connectors.google import CLIENT, SECRET, Google

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.promise("S-044")
@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_one_of_twelve_renews_and_four_pass(tmp_path: Path, postgres_url: str, ca: tuple[trustme.CA, Path]) -> None:
    peer = Google(ca[0])
    peer.tokens.rotates, peer.login.seconds = True, 0.1
    grant, _ = peer.tokens.grant("ruth", "https://www.googleapis.com/auth/drive.readonly")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))} | {
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "SPECSTEP_DATA_DIR": str(tmp_path),
        "SPECSTEP_DEBUG": "1",
        "DATABASE_URL": postgres_url,
        "SPECSTEP_EGRESS_ALLOW": "127.0.0.1",
        "SPECSTEP_EGRESS_CA": str(ca[1]),
        "GOOGLE_DRIVE_CLIENT_ID": CLIENT,
        "GOOGLE_DRIVE_CLIENT_SECRET": SECRET,
        "GOOGLE_DRIVE_ACCESS": "folder",
        "GOOGLE_TOKEN_URL": f"{peer.login.url}/token",
        "REFRESH": grant.refresh,
    }
    command = [sys.executable, "-m", "tests.connectors.at_once"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment)
    peer.close()
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"tokens": 1, "answers": 12, "most": 4, "state": "connected"}
    assert peer.login.lines() == ["POST /token"]
    assert not peer.login.violations
