"""Clients from npm, installed once by the lock file and kept in the cache of this machine, with a Node that is new enough for
them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("clients")
FILES = ("package.json", "package-lock.json")


def installed() -> Path:
    """The folder of the clients."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("MCP is tried with real clients, which need Node 20 and npm. Install both and run this again.")
    named = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specstep-tests" / f"mcp-clients-{named}"
    if not (cache / "installed").exists():
        cache.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copy(HERE / name, cache / name)
        # Not ci: it refuses a lock file without the packages that other systems might want, which not every registry has.
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.fail(f"npm could not install the clients: {done.stderr.strip()[-400:]}")
        (cache / "installed").touch()
    shutil.copy(HERE / "flow.mjs", cache / "flow.mjs")
    return cache


def command(folder: Path, name: str, *arguments: str) -> list[str]:
    return [str(folder / "node_modules" / ".bin" / name), *arguments]


def environment(folder: Path, home: Path) -> dict[str, str]:
    """The clients' own Node first, and nothing of this person's home."""
    path = f"{folder / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "BROWSER": "/bin/true", "MCP_AUTO_OPEN_ENABLED": "true", "NO_COLOR": "1", "CI": "1"}
