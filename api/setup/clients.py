"""What each client wants to be told, in its own format. The addresses are the service's own, never a request's.

Formats as their makers document them (November 2026):
code.claude.com/docs/en/mcp, modelcontextprotocol.io/docs/develop/connect-local-servers (Claude Desktop), cursor.com/docs/mcp,
code.visualstudio.com/docs/copilot/reference/mcp-configuration, learn.chatgpt.com/docs/extend/mcp (Codex),
geminicli.com/docs/tools/mcp-server.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.oauth import places

NAME = "specstep"
COMMAND = "specstep"


@dataclass(frozen=True)
class Step:
    """One thing to do, and what to copy for it. Between backticks stands what a machine reads."""

    text: str
    copy: str = ""
    language: str = "bash"
    """As Pygments calls it: bash, json, toml."""


@dataclass(frozen=True)
class Way:
    """Steps that lead to the end, under a heading."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Client:
    """A program that speaks MCP, and its ways in; the first is the one to take."""

    slug: str
    name: str
    lead: str
    ways: Callable[[], tuple[Way, ...]]


def claude_code() -> tuple[Way, ...]:
    project = {"mcpServers": {NAME: {"type": "http", "url": places.resource()}}}
    return (
        Way(
            "In a terminal",
            (
                Step("Add SpecStep, for all your projects:", f"claude mcp add --transport http --scope user {NAME} {_address()}"),
                Step(
                    "Start Claude Code, type `/mcp`, choose specstep and then Authenticate. Your browser opens; allow it there."
                ),
            ),
        ),
        Way(
            "For everybody who works on a project",
            (
                Step(
                    "Put this into `.mcp.json` in the project's root. It holds no secret.",
                    *_json(project),
                ),
            ),
        ),
    )


def claude_desktop() -> tuple[Way, ...]:
    return (
        Way(
            "With the bridge",
            (
                *_bridge_first(),
                Step(
                    "In Claude Desktop open Settings, Developer, Edit Config, and add this to `claude_desktop_config.json`:",
                    *_json({"mcpServers": {NAME: _bridge()}}),
                ),
                Step(f"Quit Claude Desktop and start it again. If it does not find `{COMMAND}`, {_WHOLE_PATH}"),
            ),
        ),
        Way(
            "As a connector",
            (
                Step(
                    "Where this service can be reached from the internet, no program is needed. Open Settings, Connectors, "
                    "Add custom connector, and paste this address:",
                    places.resource(),
                    "text",
                ),
                Step("Choose Connect. Your browser opens; allow it there."),
            ),
        ),
    )


def cursor() -> tuple[Way, ...]:
    return (
        Way(
            "With the bridge",
            (
                *_bridge_first(),
                Step(
                    "Put this into `~/.cursor/mcp.json`, or into `.cursor/mcp.json` of one project:",
                    *_json({"mcpServers": {NAME: _bridge()}}),
                ),
                Step(f"Open Cursor's settings, MCP, and switch specstep on. If it does not find `{COMMAND}`, {_WHOLE_PATH}"),
            ),
        ),
    )


def vs_code() -> tuple[Way, ...]:
    entry = {"type": "http", "url": places.resource()}
    return (
        Way(
            "In a terminal",
            (
                Step("Add SpecStep to your profile:", f"code --add-mcp {shlex.quote(json.dumps({'name': NAME} | entry))}"),
                Step("Run the command MCP: List Servers, choose specstep, Start Server. Your browser opens; allow it there."),
            ),
        ),
        Way(
            "For everybody who works on a project",
            (
                Step(
                    "Put this into `.vscode/mcp.json`. It holds no secret.",
                    *_json({"servers": {NAME: entry}}),
                ),
            ),
        ),
    )


def codex() -> tuple[Way, ...]:
    table = f"[mcp_servers.{NAME}]\nurl = {json.dumps(places.resource())}"
    return (
        Way(
            "In a terminal",
            (
                Step("Add SpecStep:", f"codex mcp add {NAME} --url {_address()}"),
                Step("Sign in. Your browser opens; allow it there.", f"codex mcp login {NAME}"),
            ),
        ),
        Way(
            "In the configuration",
            (
                Step("The same in `~/.codex/config.toml`, which the command line, the editor and the app share:", table, "toml"),
                Step("Then sign in as above."),
            ),
        ),
    )


def gemini_cli() -> tuple[Way, ...]:
    return (
        Way(
            "In a terminal",
            (
                Step("Add SpecStep, for all your projects:", f"gemini mcp add --transport http --scope user {NAME} {_address()}"),
                Step("Start Gemini CLI and sign in. Your browser opens; allow it there.", f"/mcp auth {NAME}", "text"),
            ),
        ),
        Way(
            "In the configuration",
            (
                Step(
                    "The same in `~/.gemini/settings.json`, or `.gemini/settings.json` of one project:",
                    *_json({"mcpServers": {NAME: {"httpUrl": places.resource()}}}),
                ),
            ),
        ),
    )


def any_stdio() -> tuple[Way, ...]:
    return (
        Way(
            "With the bridge",
            (
                *_bridge_first(),
                Step("Tell the client to start this program:", shlex.join([_bridge()["command"], *_bridge()["args"]])),
                Step("Many clients want it as JSON:", *_json({"mcpServers": {NAME: _bridge()}})),
                Step(f"If the client does not find `{COMMAND}`, {_WHOLE_PATH}"),
            ),
        ),
    )


CLIENTS = (
    Client("claude-code", "Claude Code", "It speaks to this service directly.", claude_code),
    Client("claude-desktop", "Claude Desktop", "It starts a small program, the bridge, or connects by itself.", claude_desktop),
    Client(
        "cursor",
        "Cursor",
        "It starts a small program, the bridge. By itself it asks to be called back at an address that begins with cursor://, "
        "which any program on your computer could claim; SpecStep sends no code there.",
        cursor,
    ),
    Client("vs-code", "VS Code", "It speaks to this service directly, in the agent mode of Copilot.", vs_code),
    Client("codex", "Codex", "It speaks to this service directly.", codex),
    Client("gemini-cli", "Gemini CLI", "It speaks to this service directly.", gemini_cli),
    Client(
        "other", "Any other client", "What starts programs and speaks MCP with them (stdio) works over the bridge.", any_stdio
    ),
)

_WHOLE_PATH = "write its whole path there instead; `which specstep` tells it (on Windows: `where specstep`)."


def client(slug: str) -> Client | None:
    """The client of this name in an address."""
    return next((one for one in CLIENTS if one.slug == slug), None)


def _bridge_first() -> tuple[Step, Step]:
    return (
        Step("Install SpecStep's command line from its source (Python 3.11 or newer):", "pip install ./clients/specstep"),
        Step("Sign in. Your browser opens; allow it there.", f"{COMMAND} sign-in --server {shlex.quote(places.issuer())}"),
    )


def _bridge() -> dict[str, Any]:
    return {"command": COMMAND, "args": ["mcp", "--server", places.issuer()]}


def _json(value: Any) -> tuple[str, str]:
    """As people write it: a list of words stays in one line."""
    text = json.dumps(value, indent=2)
    return re.sub(r"\[\s+([^\]]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text), "json"


def _address() -> str:
    return shlex.quote(places.resource())
