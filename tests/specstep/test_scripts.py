from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        started = subprocess.run(
            [ROOT / "script" / "server"],
            env=os.environ | {"PORT": str(port), "SPECSTEP_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert started.returncode == 1
    assert (
        started.stderr.strip()
        == f"Port {port} is in use by another program. End that program, or choose another port: PORT=8001 script/server"
    )


def test_every_script_says_what_it_is_for() -> None:
    for script in (ROOT / "script").iterdir():
        if script.suffix == "" and script.is_file():
            first, second = script.read_text().splitlines()[:2]
            assert first.startswith("#!")
            assert second.startswith("# ")
            assert script.stat().st_mode & 0o111, script
