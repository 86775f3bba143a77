"""A stub in another process, this one or any that has the same admin address."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.wire_stub.records import report
from tests.wire_stub.server import environment

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 20.0


class Remote:
    """``url`` is the stub's own, without a path."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @property
    def environment(self) -> dict[str, str]:
        """For a program of ours."""
        return environment(self.url)

    def set(self, **settings: Any) -> None:
        self._ask("POST", "/admin/config", settings)

    def rules(self, *rules: dict[str, Any]) -> None:
        """Replace the rules."""
        self._ask("DELETE", "/admin/rules")
        if rules:
            self._ask("POST", "/admin/rules", list(rules))

    def reset(self, keep: str = "config") -> None:
        """Forget records and cache."""
        self._ask("POST", f"/admin/reset?keep={keep}")

    def in_flight(self) -> int:
        return int(json.loads(self._ask("GET", "/healthz"))["in_flight"])

    def calls(self) -> list[dict[str, Any]]:
        """The records of calls that have ended."""
        return [json.loads(line) for line in self._ask("GET", "/admin/calls").splitlines() if line]

    def stats(self) -> dict[str, Any]:
        """What the stub itself says, and where it is another one than ours the figures as we read them."""
        said: dict[str, Any] = json.loads(self._ask("GET", "/admin/stats"))
        return said | report(self.calls())

    def _ask(self, method: str, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


@contextlib.contextmanager
def process(home: Path, **settings: Any) -> Iterator[Remote]:
    """A stub in a process of its own for the length of the block; its port and log are files in ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    port_file = home / "port"
    port_file.unlink(missing_ok=True)
    given = [part for name, value in settings.items() for part in ("--set", f"{name}={_written(value)}")]
    with (home / "stub.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "tests.wire_stub", "--port-file", str(port_file), "--log", str(home / "calls.jsonl"), *given],
            cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        give_up = time.monotonic() + STARTS_WITHIN
        while not port_file.exists():
            if started.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"The stub did not start: {(home / 'stub.log').read_text()}")
            time.sleep(0.02)
        yield Remote(f"http://127.0.0.1:{port_file.read_text()}")
    finally:
        started.kill()
        started.wait(10)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
