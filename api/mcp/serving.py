"""The MCP server as one ASGI application: the SDK's transport behind our door, both protocol eras at one address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from api.mcp.door import Door, Receive, Scope, Send
from api.mcp.server import make_server
from api.oauth import recognising


class Agents:
    """A server, its transport and its door. Works once: the SDK's session manager cannot be started again."""

    def __init__(self, server: MCPServer[Any] | None = None, *, stateless: bool = True) -> None:
        """``stateless`` False keeps sessions for clients before 2026-07-28, in this process's memory: for tests only."""
        self.server = server or make_server()
        # Host and origin are looked at by our door, whose rule is that of ALLOWED_HOSTS.
        unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        # JSON responses would drop the progress of long calls without a word; the SDK answers quick ones as JSON all the same.
        self.server.streamable_http_app(stateless_http=stateless, json_response=False, transport_security=unguarded)
        self._manager = self.server.session_manager
        self._door = Door(self._manager.handle_request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While this is open, calls are answered."""
        async with self._manager.run():
            yield
        await recognising.close_async()
