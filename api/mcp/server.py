"""The MCP server of SpecStep: its tools, resources and prompts, put together."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.mcpserver import MCPServer
from mcp.server.request_state import RequestStateSecurity

from ground import vault

NAME = "SpecStep"
INSTRUCTIONS = Path(__file__).with_name("instructions.md")
STATE_SECONDS = 3600
"""How long a question put to the owner may wait for its answer."""
LISTS_MS = 60_000
_LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")


def make_server() -> MCPServer[Any]:
    """A server with everything on it. Each transport needs one of its own."""
    server = MCPServer(
        NAME,
        title="SpecStep: interviews, packages, requirements",
        version=release(),
        instructions=INSTRUCTIONS.read_text(),
        website_url=settings.SITE_URL,
        # Any process of any machine may get the answer to a question that another one asked.
        request_state_security=RequestStateSecurity(keys=vault.keys_for("mcp request state"), ttl=STATE_SECONDS),
        # What is on the lists is the same for everybody; what a resource holds is its owner's and may change.
        cache_hints={name: CacheHint(ttl_ms=LISTS_MS, scope="public") for name in _LISTS}
        | {"resources/read": CacheHint(ttl_ms=0, scope="private")},
        # Streams of other processes would not hear of a change; who waits for a run calls get_generation.
        subscriptions=False,
    )
    for tool in tools():
        tool.put_on(server)
    resources.put_on(server)
    prompts.put_on(server)
    return server
