"""The protocol's own suite, ``@modelcontextprotocol/conformance``, against the server and the authorization server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.api.mcp import npm
from tests.api.mcp.test_clients import Running
from tests.api.mcp.visiting import Visitor
from tests.api.oauth.issued import a_client, a_token
from tests.plugins.servers import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.xdist_group("mcp-clients")]

BASELINE = npm.HERE / "stateless-2025-11-25.yml"


@pytest.fixture(scope="session")
def clients() -> Path:
    return npm.installed()


@pytest.mark.parametrize(
    ("revision", "path", "more", "passed"),
    [
        ("2026-07-28", "mcp", [], 37),
        ("2025-11-25", "stateful", [], 30),
        ("2025-11-25", "mcp", ["--expected-failures", str(BASELINE)], 26),
    ],
)
def test_every_required_scenario_of_a_server_is_met(
    listening_suite: str,
    alice: User,
    clients: Path,
    tmp_path: Path,
    settings: Any,
    revision: str,
    path: str,
    more: list[str],
    passed: int,
) -> None:
    settings.SITE_URL = listening_suite
    address = f"{listening_suite}/as/{a_token(alice)[1]}/{path}"
    options = ["server", "--url", address, "--requirements", revision, "-o", str(tmp_path / "out"), *more]
    done = subprocess.run(
        npm.command(clients, "conformance", *options),
        cwd=tmp_path,
        env=npm.environment(clients, tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    summary = done.stdout.partition("=== SUMMARY ===")[2]
    assert done.returncode == 0, summary or done.stderr
    assert len(re.findall(r"^✓ ", summary, re.MULTILINE)) >= passed, summary


def test_every_scenario_of_an_authorization_server_is_met(
    url: str, alice: User, clients: Path, tmp_path: Path, settings: Any
) -> None:
    port = free_port()
    client = a_client("Conformance", redirect_uris=f"http://127.0.0.1:{port}/callback")
    options = ["authorization", "--url", settings.SITE_URL, "--client-id", client.client_id, "-p", str(port)]
    options += ["--resource", url, "--spec-version", "2026-07-28", "-o", str(tmp_path / "out")]
    with Running(npm.command(clients, "conformance", *options), clients, tmp_path) as suite:
        Visitor(alice).goes_back(suite.address())
        suite.ends()
        assert "authorization-code-grant" in suite.said
        assert re.search(r"[1-9]\d* passed, 0 failed", suite.said), suite.said
        assert not re.search(r"[1-9]\d* failed", suite.said), suite.said
