"""The wire of 2026-07-28 by hand: what a client sends in one call, for tests that look at statuses and headers."""

from __future__ import annotations

import json
from typing import Any

import requests

VERSION = "2026-07-28"


def headers(token: str, method: str = "tools/call", name: str = "list_packages") -> dict[str, str]:
    told = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": method,
    }
    told |= {"Mcp-Name": name} if name else {}
    return told | ({"Authorization": f"Bearer {token}"} if token else {})


def body(name: str = "list_packages", /, progress: str = "", **arguments: Any) -> str:
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    meta |= {"progressToken": progress} if progress else {}
    params = {"name": name, "arguments": arguments, "_meta": meta}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def called(url: str, token: str, name: str = "list_packages", /, **options: Any) -> requests.Response:
    """One call of a tool. ``options``: further headers, or ``params`` of the address."""
    told = headers(token, name=name) | options.pop("headers", {})
    return requests.post(url, body(name, **options.pop("arguments", {})), headers=told, timeout=30, **options)
