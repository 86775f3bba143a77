"""A web process for tests: SpecStep as it is served, with the conformance suite's fixtures on its MCP server.

/mcp               as in production, with the fixtures beside SpecStep's own tools
/stateful          the same with sessions for clients before 2026-07-28
/as/TOKEN/...      either of them for a program that cannot send a header: it is sent for it
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from specstep.asgi import Site  # isort: skip  # it sets Django up
from api.mcp.server import make_server
from api.mcp.serving import Agents
from tests.api.mcp import fixtures


def agents(*, stateless: bool) -> Agents:
    server = make_server()
    fixtures.put_on(server)
    return Agents(server, stateless=stateless)


class TestSite(Site):
    def __init__(self) -> None:
        super().__init__(agents(stateless=True))
        self._stateful = agents(stateless=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/as/"):
            _, _, token, path = scope["path"].split("/", 3)
            scope = {**scope, "path": f"/{path}", "raw_path": f"/{path}".encode()}
            scope["headers"] = [*scope["headers"], (b"authorization", f"Bearer {token}".encode())]
        if scope["type"] == "http" and scope["path"] == "/stateful":
            return await self._stateful(scope, receive, send)
        return await super().__call__(scope, receive, send)

    async def _lived(self, receive: Any, send: Any) -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._stateful.at_work())
            await super()._lived(receive, send)
