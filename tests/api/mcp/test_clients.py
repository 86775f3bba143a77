"""Real clients from nothing to a call: discovery, registration, consent of a signed-in person, token, tool.

Each of them checks by itself what it is told: metadata, issuer, resource, state, schemas.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from accounts.models import AuditEvent, User
from api.models import AccessToken
from interviews.models import Interview
from tests.api.mcp import npm
from tests.api.mcp.visiting import Visitor, told
from tests.plugins.servers import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.xdist_group("mcp-clients")]

SECONDS = 60


@pytest.fixture(scope="session")
def clients() -> Path:
    return npm.installed()


class Kept:
    """What a client of the Python SDK keeps."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def python_client(url: str, visitor: Visitor, mode: str, kept: Kept, decision: str = "allow") -> str:
    """What the tool gave to a client of the Python SDK."""
    back: list[str] = []

    async def go(address: str) -> None:
        back.append(await asyncio.to_thread(visitor.answers, address, decision))

    async def came() -> AuthorizationCodeResult:
        given = told(back[-1])
        return AuthorizationCodeResult(code=given["code"], state=given.get("state"), iss=given.get("iss"))

    named = OAuthClientMetadata(
        client_name="Python SDK",
        redirect_uris=[AnyUrl("http://127.0.0.1:33417/callback")],
        token_endpoint_auth_method="none",
        grant_types=["authorization_code"],
    )

    async def run() -> str:
        auth = OAuthClientProvider(url, named, kept, go, came)
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            result = await client.call_tool("start_interview", {"title": f"By Python, {mode}"})
            assert result.structured_content is not None
            return f"{client.protocol_version} {result.structured_content['title']}"

    return asyncio.run(run())


@pytest.mark.promise("S-092")
@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_the_python_sdk_is_let_in_and_calls(url: str, alice: User, mode: str, version: str) -> None:
    kept = Kept()
    assert python_client(url, Visitor(alice), mode, kept) == f"{version} By Python, {mode}"
    assert kept.tokens is not None
    assert (kept.tokens.refresh_token, kept.tokens.expires_in) == (None, 7_776_000)
    assert Interview.objects.visible_to(alice).get().title == f"By Python, {mode}"
    connected = AuditEvent.objects.get(action="tool.connected")
    assert (connected.actor_id, connected.label) == (alice.pk, "Python SDK")


@pytest.mark.promise("S-092")
def test_without_consent_there_is_no_token(url: str, alice: User) -> None:
    kept = Kept()
    with pytest.raises(BaseException, match=r".*"):
        python_client(url, Visitor(alice), "auto", kept, decision="deny")
    assert kept.tokens is None
    assert not AccessToken.objects.filter(user=alice).exists()


@pytest.mark.parametrize("era", ["v1", "v2"])
def test_the_typescript_sdk_is_let_in_and_calls(url: str, alice: User, clients: Path, tmp_path: Path, era: str) -> None:
    with Running(npm.command(clients, "node", "flow.mjs", era, url), clients, tmp_path) as client:
        back = Visitor(alice).answers(client.address())
        client.says(back)
        assert json.loads(client.last_line()) == {"tools": len_of_tools(), "title": f"By {era}"}


def test_the_inspector_is_let_in_and_calls(url: str, alice: User, clients: Path, tmp_path: Path) -> None:
    port = free_port()
    options = ["--cli", url, "--transport", "http", "--callback-url", f"http://127.0.0.1:{port}/oauth/callback"]
    options += ["--method", "tools/call", "--tool-name", "start_interview", "--tool-arg", "title=By inspector"]
    with Running(npm.command(clients, "mcp-inspector", *options), clients, tmp_path) as client:
        Visitor(alice).goes_back(client.address())
        client.ends()
        assert '"title": "By inspector"' in client.said.replace('\\"', '"')


def test_the_inspector_finds_no_fault_with_the_schemas(url: str, alice: User, clients: Path, tmp_path: Path) -> None:
    from tests.api.oauth.issued import a_token

    header = f"Authorization: Bearer {a_token(alice)[1]}"
    options = ["--cli", url, "--transport", "http", "--method", "tools/list", "--strict", "--header", header]
    with Running(npm.command(clients, "mcp-inspector", *options), clients, tmp_path) as client:
        client.ends()
        assert "conduct_interview" in client.said


def test_mcp_remote_is_let_in_and_lists(url: str, alice: User, clients: Path, tmp_path: Path) -> None:
    options = [url, str(free_port()), "--allow-http", "--transport", "http-only"]
    with Running(npm.command(clients, "mcp-remote-client", *options), clients, tmp_path) as client:
        Visitor(alice).goes_back(client.address())
        client.waits_for("conduct_interview")


# --- a client as a process -----------------------------------------------------------------------------------------------------


def len_of_tools() -> int:
    from api.mcp.server import tools

    return len(tools())


class Running:
    """A client that runs, what it says, and the address it wants its person to go to."""

    def __init__(self, command: list[str], folder: Path, home: Path) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=npm.environment(folder, home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._hears = threading.Thread(target=self._hear, daemon=True)

    def __enter__(self) -> Running:
        self._hears.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
        self._hears.join(timeout=10)

    def address(self) -> str:
        """Where the person is sent."""
        return self.waits_for(r"https?://\S+/oauth/authorize\?\S+")

    def waits_for(self, pattern: str) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if found := re.search(pattern, self.said):
                return found[0]
            if not self._hears.is_alive():
                break
            time.sleep(0.05)
        pytest.fail(f"{pattern} was not said:\n{self.said[-2000:]}")

    def says(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def ends(self) -> None:
        assert self._process.wait(timeout=SECONDS) == 0, self.said[-2000:]
        self._hears.join(timeout=10)

    def last_line(self) -> str:
        self.ends()
        return self.said.strip().splitlines()[-1]

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line


@pytest.fixture(autouse=True)
def many_may_ask(settings: Any) -> None:
    settings.TOOL_REGISTRATIONS = settings.TOOL_REQUESTS = 1000
