"""The measurements behind ``script/bench mcp``: calls of a read tool with a token, beside the SDK alone (``bare_mcp.py``).

Both servers are uvicorn processes of one worker on one PostgreSQL and are asked in turns by the same client, so that a busy
machine slows both. The SDK alone is asked for the same rows, by the same reader and from whoever comes, and for a value from
memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from measure import say

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TOOL = "list_packages"
AT_ONCE = 16
SECONDS = 2.0
TURNS = 5
WARM = 300


@dataclass(frozen=True)
class Asked:
    """What is asked of whom."""

    port: int
    server: subprocess.Popen[bytes]
    request: bytes


def main() -> None:
    from tests.plugins.servers import _postgres_in, free_port

    with _database(_postgres_in) as address:
        os.environ["DATABASE_URL"] = address
        ports = {"bare": free_port(), "ours": free_port()}
        os.environ |= {"SITE_URL": f"http://127.0.0.1:{ports['ours']}", "API_CALLS": "100000000", "SPECSTEP_DEBUG": "0"}
        os.environ |= {"SECURE_SSL_REDIRECT": "0", "MAIL_PROVIDER": "none", "DATABASE_POOL": "20"}
        token = _filled()
        servers = {"bare": _server("script.bare_mcp:application", ports["bare"])}
        servers["ours"] = _server("specstep.asgi:application", ports["ours"])
        asked = {"ours": ("ours", TOOL), "bare": ("bare", TOOL), "memory": ("bare", f"{TOOL}_from_memory")}
        try:
            _measured(
                {name: Asked(ports[of], servers[of], _request(ports[of], tool, token)) for name, (of, tool) in asked.items()}
            )
        finally:
            for server in servers.values():
                server.kill()
                server.wait(timeout=20)


def _measured(asked: dict[str, Asked]) -> None:
    rates: dict[str, list[float]] = {name: [] for name in asked}
    waits: dict[str, list[float]] = {name: [] for name in asked}
    costs: dict[str, list[float]] = {name: [] for name in asked}
    for one in asked.values():
        asyncio.run(_took(one, seconds=60, most=WARM))
    for _ in range(TURNS):
        for name, one in asked.items():
            before, begun = _cpu(one.server), time.perf_counter()
            took = asyncio.run(_took(one, seconds=SECONDS))
            rates[name].append(len(took) / (time.perf_counter() - begun))
            costs[name].append((_cpu(one.server) - before) / len(took) * 1000)
            waits[name].append(statistics.quantiles(took, n=100)[98] * 1000)
    for name, what in (("ours", "SpecStep"), ("bare", "the SDK alone"), ("memory", "the SDK alone, from memory")):
        of = f"{what}: {TOOL}, {AT_ONCE} at once, one process"
        say(f"mcp {name} calls", round(statistics.median(rates[name])), "calls/s", of)
        say(f"mcp {name} p99", round(statistics.median(waits[name]), 1), "ms", of)
        say(f"mcp {name} cpu", round(statistics.median(costs[name]), 2), "ms/call", of)
    for name, what in (("bare", "the SDK alone with the same rows"), ("memory", "the SDK alone from memory")):
        say(f"mcp rate to {name}", _ratio(rates["ours"], rates[name]), "x", f"calls/s, SpecStep to {what}")
        say(f"mcp p99 to {name}", _ratio(waits["ours"], waits[name]), "x", f"p99, SpecStep to {what}")


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the turns: each of ours with the one beside it."""
    return round(statistics.median(one / other for one, other in zip(ours, theirs, strict=True)), 2)


async def _took(asked: Asked, *, seconds: float, most: int = 10**9) -> list[float]:
    """Seconds of each call, asked by ``AT_ONCE`` connections that stay open."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
        while time.perf_counter() < end and len(took) < most:
            begun = time.perf_counter()
            writer.write(asked.request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = head[9:12], int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            assert status == b"200", body
            assert b'"isError":false' in body, body
        writer.close()

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return took


def _request(port: int, tool: str, token: str) -> bytes:
    version = "2026-07-28"
    meta = {"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": tool, "arguments": {}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body


def _filled() -> str:
    """The raw token of an account with two packages."""
    import django

    subprocess.run([sys.executable, ROOT / "manage.py", "migrate", "-v", "0"], check=True)
    django.setup()
    from django.db import transaction

    from accounts.models import User
    from tests.api.oauth.issued import a_token
    from tests.packages import written

    alice = User.objects.create_user("alice@example.org", "Alice Moreau")
    with transaction.atomic():
        for _ in range(2):
            written(alice)
    return a_token(alice)[1]


def _server(app: str, port: int) -> subprocess.Popen[bytes]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--lifespan", "on", "--no-access-log", "--log-level", "warning"]
    server = subprocess.Popen([Path(sys.executable).with_name("uvicorn"), app, *options], cwd=ROOT)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            asyncio.run(_knocked(port))
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise SystemExit(f"{app} did not start within 60 s.")


async def _knocked(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def _cpu(server: subprocess.Popen[bytes]) -> float:
    used = psutil.Process(server.pid).cpu_times()
    return used.user + used.system


@contextmanager
def _database(started: object) -> Iterator[str]:
    """The one of ``DATABASE_URL``, else a PostgreSQL of our own."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    import tempfile

    assert callable(started)
    with tempfile.TemporaryDirectory(prefix="specstep-postgres-", ignore_cleanup_errors=True) as folder:
        server = started(Path(folder))
        try:
            yield f"{next(server)}/postgres"
        finally:
            next(server, None)


if __name__ == "__main__":
    main()
