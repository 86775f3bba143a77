"""The sample programs of ``docs/webhooks.md`` verify what they should and nothing else."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import playwright
import pytest

from delivery.rules.signing import signature
from tests.delivery.webhooks.receiver import Got, verifies

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "samples" / "webhooks"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "vectors.json").read_text())
NODE = Path(playwright.__file__).parent / "driver" / "node"
"""Playwright's own Node reads TypeScript as it is; the one of the system may be too old for that."""


@pytest.mark.parametrize(("language", "ending"), [("python", "py"), ("ts", "ts"), ("go", "go")])
def test_the_page_shows_the_very_program(language: str, ending: str) -> None:
    [shown] = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    assert shown == (FOLDER / f"verify.{ending}").read_text()


def ran(*command: str) -> str:
    done = subprocess.run(
        [*command, str(FOLDER / "vectors.json")], capture_output=True, text=True, timeout=120, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("command", [(sys.executable, "verify.py"), (str(NODE), "verify.ts")], ids=["Python", "TypeScript"])
def test_a_sample_is_right_about_every_vector(command: tuple[str, str]) -> None:
    assert ran(*command) == f"{len(VECTORS)} vectors are right"


def test_the_go_sample_is_right_about_every_vector() -> None:
    go = shutil.which("go")
    if go is None:
        pytest.fail("Go is not installed. script/test installs it (Debian: golang-go).")
    assert ran(go, "run", "verify.go") == f"{len(VECTORS)} vectors are right"


def test_the_vectors_are_what_we_send() -> None:
    for vector in VECTORS:
        headers, stamp = vector["headers"], vector["headers"]["webhook-timestamp"]
        if not stamp.isdigit():
            continue
        ours = signature([vector["secret"]], webhook_id=headers["webhook-id"], timestamp=int(stamp), body=vector["body"].encode())
        is_signed = ours in headers.get("webhook-signature", "").split(" ")
        in_time = abs(vector["now"] - int(stamp)) <= 300
        assert (is_signed and in_time) == vector["valid"], vector["about"]
        assert len(base64.b64decode(vector["secret"].removeprefix("whsec_"))) == 32
        if "webhook-signature" in headers and in_time:
            # By the plain algorithm: the libraries know the true time only.
            assert verifies(vector["secret"], Got("/", headers, vector["body"].encode())) == vector["valid"]
