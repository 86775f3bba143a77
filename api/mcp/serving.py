"""The MCP server as one ASGI application: the SDK's transport behind our door, both protocol eras at one address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from api import straight
from api.mcp.door import Door, Receive, Scope, Send
from api.mcp.server import Server, make_server, tools

AT_ONCE_METHODS = frozenset(
    {b"tools/list", b"prompts/list", b"prompts/get", b"resources/list", b"resources/read", b"resources/templates/list"}
)


class Agents:
    """A server, its transport and its door. Works once: the SDK's session manager cannot be started again."""

    def __init__(self, server: Server | None = None, *, stateless: bool = True) -> None:
        """``stateless`` False keeps sessions for clients before 2026-07-28, in this process's memory: for tests only."""
        self.server = server or make_server()
        self._streams = self._manager(stateless=stateless, json_response=False)
        self._at_once = self._manager(stateless=True, json_response=True)
        self._quick = {tool.name.encode() for tool in tools() if tool.answers_at_once}
        self._door = Door(self._answered)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While this is open, calls are answered."""
        async with AsyncExitStack() as stack:
            for manager in (self._streams, self._at_once):
                await stack.enter_async_context(manager.run())
            yield
        await straight.close()

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        manager = self._at_once if self._is_quick(dict(scope["headers"])) else self._streams
        await manager.handle_request(scope, receive, send)

    def _is_quick(self, headers: dict[bytes, bytes]) -> bool:
        """Whether it is answered as JSON at once. What may wait, tell its progress or ask somebody needs a stream.

        Only clients from 2026-07-28 on name method and tool in headers, and the SDK refuses those that name others than they
        send.
        """
        method = headers.get(b"mcp-method", b"")
        return method in AT_ONCE_METHODS or (method == b"tools/call" and headers.get(b"mcp-name", b"") in self._quick)

    def _manager(self, *, stateless: bool, json_response: bool) -> StreamableHTTPSessionManager:
        # Host and origin are looked at by our door, whose rule is that of ALLOWED_HOSTS.
        unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self.server.streamable_http_app(stateless_http=stateless, json_response=json_response, transport_security=unguarded)
        return self.server.session_manager
