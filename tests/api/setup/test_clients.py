"""The set-up pages: what is copied from them is what each client documents, with the service's own address."""

from __future__ import annotations

import html
import json
import re
import shlex
import tomllib
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from api.setup import clients

BASE = "https://spec.example.org"
MCP = f"{BASE}/mcp"
BRIDGE = {"command": "specstep", "args": ["mcp", "--server", BASE]}
INSTALL = ["pip", "install", "./clients/specstep"]
SIGN_IN = ["specstep", "sign-in", "--server", BASE]
HTTP = {"type": "http", "url": MCP}


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = BASE


def copied(client: Client, slug: str) -> list[str]:
    """What the buttons of a page copy, in order: the text of what they name."""
    page = client.get(f"/docs/tools/{slug}/", headers={"Host": "testserver"}).content.decode()
    assert "testserver" not in page, "an address is never taken from the request"
    buttons = re.findall(r'data-copy="([^"]+)"', page)
    texts = {name: re.search(rf'<code id="{name}">(.*?)</code>', page, re.DOTALL) for name in buttons}
    assert all(texts.values())
    return [html.unescape(re.sub(r"<[^>]+>", "", found[1])).strip() for found in texts.values() if found]


def words(text: str) -> list[str]:
    return shlex.split(text)


def test_claude_code(client: Client) -> None:
    added, project = copied(client, "claude-code")
    # Options stand before the name, as its documentation asks for.
    assert words(added) == ["claude", "mcp", "add", "--transport", "http", "--scope", "user", "specstep", MCP]
    assert json.loads(project) == {"mcpServers": {"specstep": HTTP}}


def test_claude_desktop(client: Client) -> None:
    install, sign_in, configuration, address = copied(client, "claude-desktop")
    assert (words(install), words(sign_in), address) == (INSTALL, SIGN_IN, MCP)
    assert json.loads(configuration) == {"mcpServers": {"specstep": BRIDGE}}


def test_cursor(client: Client) -> None:
    install, sign_in, configuration = copied(client, "cursor")
    assert (words(install), words(sign_in)) == (INSTALL, SIGN_IN)
    assert json.loads(configuration) == {"mcpServers": {"specstep": BRIDGE}}


def test_vs_code(client: Client) -> None:
    added, workspace = copied(client, "vs-code")
    assert words(added)[:2] == ["code", "--add-mcp"]
    assert json.loads(words(added)[2]) == {"name": "specstep", **HTTP}
    assert len(words(added)) == 3
    assert json.loads(workspace) == {"servers": {"specstep": HTTP}}


def test_codex(client: Client) -> None:
    added, login, configuration = copied(client, "codex")
    assert words(added) == ["codex", "mcp", "add", "specstep", "--url", MCP]
    assert words(login) == ["codex", "mcp", "login", "specstep"]
    assert tomllib.loads(configuration) == {"mcp_servers": {"specstep": {"url": MCP}}}


def test_gemini_cli(client: Client) -> None:
    added, login, configuration = copied(client, "gemini-cli")
    assert words(added) == ["gemini", "mcp", "add", "--transport", "http", "--scope", "user", "specstep", MCP]
    assert login == "/mcp auth specstep"
    assert json.loads(configuration) == {"mcpServers": {"specstep": {"httpUrl": MCP}}}, "url would be the old event stream"


def test_any_other_client_starts_the_bridge(client: Client) -> None:
    from specstep_client.cli import _parser

    _, sign_in, command, configuration = copied(client, "other")
    assert words(command) == [BRIDGE["command"], *BRIDGE["args"]]
    assert json.loads(configuration) == {"mcpServers": {"specstep": BRIDGE}}
    for typed in (words(sign_in), words(command)):
        assert _parser().parse_args(typed[1:]).server == BASE, "the command takes what the page says"


def test_an_address_that_a_shell_would_take_apart_is_quoted(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://[fd00::1]:8443"
    assert words(copied(client, "claude-code")[0])[-1] == "https://[fd00::1]:8443/mcp"
    assert "'https://[fd00::1]:8443/mcp'" in copied(client, "claude-code")[0]


def test_the_pages_need_no_account_no_script_and_lead_to_one_another(client: Client) -> None:
    index = client.get("/docs/tools/").content.decode()
    for one in clients.CLIENTS:
        assert f'href="/docs/tools/{one.slug}/"' in index
    assert MCP in index
    assert client.get("/docs/tools/nothing/").status_code == 404
    assert client.post("/docs/tools/").status_code == 405


def test_settings_lead_there(as_alice: Client, alice: User) -> None:
    assert 'href="/docs/tools/cursor/"' in as_alice.get("/settings/tools/").content.decode()
    for page in ("/settings/api-keys/", "/docs/api/"):
        assert 'href="/docs/tools/"' in as_alice.get(page).content.decode()
