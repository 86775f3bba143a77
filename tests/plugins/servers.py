"""Real servers, started privately for the tests: PostgreSQL and Redis on free ports, in folders of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "migrated"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll until ``ready`` answers True; a server that is still starting refuses connections."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, psycopg.OperationalError, redis.ConnectionError):
            if ready():
                return
        time.sleep(0.05)
    pytest.fail(f"{what} did not start within {seconds:.0f} s")


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    pytest.fail("PostgreSQL is not installed. script/test installs it (Debian: postgresql).")


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root, so as root it runs as its own user."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _answers(address: str) -> bool:
    with psycopg.connect(address + "/postgres") as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a private PostgreSQL without a database: ``postgres://specstep@127.0.0.1:PORT``."""
    # Not in pytest's own folder: every other session that starts there closes it to all users but its own, and the server, which
    # is another user, breaks at its next checkpoint.
    with tempfile.TemporaryDirectory(prefix="specstep-postgres-", ignore_cleanup_errors=True) as folder:
        yield from _postgres_in(Path(folder))


def _postgres_in(home: Path, *, durable: bool = False) -> Iterator[str]:
    """``durable``: a commit is on the disk before it is answered, as in production; tests do without."""
    home.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    binaries, data, port = _binaries(), home / "data", free_port()
    subprocess.run(
        _as_postgres([str(binaries / "initdb"), "-D", str(data), "-U", "specstep", "--auth=trust", "--no-sync", "-E", "UTF8"]),
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = {"max_connections": "60", "listen_addresses": "127.0.0.1"}
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            _as_postgres([str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(home), *settings]),
            stdout=log,
            stderr=log,
            cwd="/",
        )
    address = f"postgres://specstep@127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(address), seconds=30, what="PostgreSQL")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty database that others are copied from: a copy takes a tenth of a second."""
    with psycopg.connect(postgres_server + "/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{TEMPLATE}"')
    ours = {"SPECSTEP_DATA_DIR": str(tmp_path_factory.mktemp("template")), "DATABASE_URL": f"{postgres_server}/{TEMPLATE}"}
    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
    subprocess.run(command, env=os.environ | ours, cwd=ROOT, check=True, timeout=120)
    return TEMPLATE


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """``DATABASE_URL`` of a migrated database of this test's own, without a row."""
    name = f"t{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    with psycopg.connect(postgres_server + "/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
        yield f"{postgres_server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a private Redis: ``redis://127.0.0.1:PORT``."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.fail("Redis is not installed. script/test installs it (Debian: redis-server).")
    home, port = tmp_path_factory.mktemp("redis"), free_port()
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(home)],
            stdout=log,
            stderr=log,
        )
    address = f"redis://127.0.0.1:{port}"
    try:
        wait_until(lambda: bool(redis.Redis.from_url(address).ping()), seconds=15, what="Redis")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=15)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """``REDIS_URL`` of an empty database."""
    redis.Redis.from_url(redis_server).flushall()
    return redis_server + "/0"
