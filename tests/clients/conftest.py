"""The client package as its user runs it: from its folder, with a key store, a home and an environment of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
import pytest

from specstep_client import cli
from specstep_client.keeping import Credential, Keeper, KeyStore
from specstep_client.places import Server
from tests.api.mcp.conftest import _served
from tests.clients.bench.keystore import Backend

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "clients" / "specstep" / "src"
BENCH = Path(__file__).parent / "bench"


@dataclass
class Desk:
    """One person's machine."""

    home: Path
    held: Path
    """Where the key store keeps what it holds: outside of ``home``."""
    audit: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "PYTHONPATH": f"{SOURCE}:{BENCH}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHON_KEYRING_BACKEND": "keystore.Backend",
            "SPECSTEP_TEST_KEYSTORE": str(self.held),
            "SPECSTEP_TEST_AUDIT": str(self.audit),
        } | more

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "specstep_client", *words]

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*words), env=self.environment(**more), cwd=self.home, stdin=pipe, stdout=pipe, stderr=pipe
        )

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """A command within this process: status, standard output, standard error."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self.capsys.readouterr()
        status = cli.run(list(words))
        out, err = self.capsys.readouterr()
        return status, out, err

    def keeps(self, server: str, kind: Any, secret: str) -> None:
        """As if signed in before."""
        Keeper(KeyStore()).write(Server(server), Credential(kind, secret, None, "client", f"{server}/oauth/revoke"))

    def stored(self) -> str:
        return self.held.read_text() if self.held.exists() else ""

    def audited(self, kind: str) -> set[str]:
        rows = self.audit.read_text().splitlines() if self.audit.exists() else []
        return {row.removeprefix(f"{kind} ") for row in rows if row.startswith(f"{kind} ")}

    def holds(self, canary: str) -> list[Path]:
        """Files of the home that hold the word."""
        return [path for path in self.home.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    home, held = tmp_path / "home", tmp_path / "keystore"
    home.mkdir()
    monkeypatch.setenv("SPECSTEP_TEST_KEYSTORE", str(held))
    monkeypatch.chdir(home)
    for name in ("SPECSTEP_SERVER", "SPECSTEP_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(Backend())  # type: ignore[no-untyped-call]
    yield Desk(home, held, tmp_path / "audit", monkeypatch, capsys)
    keyring.set_keyring(before)


@pytest.fixture(scope="session")
def listening_with_sessions() -> Iterator[str]:
    """SpecStep with the conformance suite's fixtures, and with sessions for clients before 2026-07-28."""
    from tests.api.mcp.site import TestSite

    class SessionSite(TestSite):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"] == "/mcp":
                return await self._stateful(scope, receive, send)
            return await super().__call__(scope, receive, send)

    yield from _served(SessionSite)


@pytest.fixture
def site(listening_with_sessions: str, settings: Any) -> str:
    """The address of a running SpecStep whose worker does everything at once."""
    settings.SITE_URL = listening_with_sessions
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.TOOL_REGISTRATIONS = settings.TOOL_REQUESTS = 1000
    return listening_with_sessions
