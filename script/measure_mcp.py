"""The measurements behind ``script/bench mcp``: calls of a read tool, with a token and from PostgreSQL, beside the SDK alone.

Both servers are uvicorn processes of one worker and are asked in turns by the same client, so that a busy machine slows both. The
SDK's tool gives the same value from memory, to nobody in particular.
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


def main() -> None:
    from tests.plugins.servers import _postgres_in, free_port

    with _database(_postgres_in) as address:
        os.environ["DATABASE_URL"] = address
        ports = {"bare": free_port(), "ours": free_port()}
        os.environ |= {"SITE_URL": f"http://127.0.0.1:{ports['ours']}", "API_CALLS": "100000000", "SPECSTEP_DEBUG": "0"}
        os.environ |= {"SECURE_SSL_REDIRECT": "0", "MAIL_PROVIDER": "none"}
        token = _filled()
        apps = {"bare": "script.bare_mcp:application", "ours": "specstep.asgi:application"}
        servers = {name: _server(apps[name], ports[name]) for name in apps}
        try:
            _measured({name: (ports[name], servers[name], token) for name in apps})
        finally:
            for server in servers.values():
                server.terminate()
                server.wait(timeout=20)


def _measured(servers: dict[str, tuple[int, subprocess.Popen[bytes], str]]) -> None:
    rates: dict[str, list[float]] = {name: [] for name in servers}
    waits: dict[str, list[float]] = {name: [] for name in servers}
    costs: dict[str, list[float]] = {name: [] for name in servers}
    for port, _, token in servers.values():
        asyncio.run(_asked(port, token, seconds=60, most=WARM))
    for _ in range(TURNS):
        for name, (port, server, token) in servers.items():
            before, begun = _cpu(server), time.perf_counter()
            took = asyncio.run(_asked(port, token, seconds=SECONDS))
            rates[name].append(len(took) / (time.perf_counter() - begun))
            costs[name].append((_cpu(server) - before) / len(took) * 1000)
            waits[name].append(statistics.quantiles(took, n=100)[98] * 1000)
    of = f"{TOOL}, {AT_ONCE} at once, PostgreSQL, one process"
    for name, what in (("bare", "the SDK alone"), ("ours", "SpecStep")):
        say(f"mcp_{name}_calls", round(statistics.median(rates[name])), "calls/s", f"{what}: {of}")
        say(f"mcp_{name}_p99", round(statistics.median(waits[name]), 1), "ms", f"{what}: {of}")
        say(f"mcp_{name}_cpu", round(statistics.median(costs[name]), 2), "ms/call", f"{what}: {of}")
    pairs = list(zip(rates["ours"], rates["bare"], strict=True))
    say("mcp_rate", round(statistics.median(ours / bare for ours, bare in pairs), 2), "ratio", "SpecStep to the SDK alone, calls/s")
    pairs = list(zip(waits["ours"], waits["bare"], strict=True))
    say("mcp_p99", round(statistics.median(ours / bare for ours, bare in pairs), 2), "ratio", "SpecStep to the SDK alone, p99")


async def _asked(port: int, token: str, *, seconds: float, most: int = 10**9) -> list[float]:
    """Seconds of each call, asked by ``AT_ONCE`` connections that stay open."""
    request, took, end = _request(port, token), [], time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end and len(took) < most:
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = head[9:12], int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            assert status == b"200", body
            assert b'"isError":false' in body, body
        writer.close()

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return took


def _request(port: int, token: str) -> bytes:
    version = "2026-07-28"
    meta = {"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": TOOL, "arguments": {}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": TOOL,
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
