"""The SDK alone, for ``script/bench mcp``: its default server with one tool that gives a value from memory."""

from __future__ import annotations

import datetime as dt
import uuid

from specstep.asgi import django_application  # isort: skip  # it sets Django up, for the shape
from api.nouns.packages import Counts, PackagePage, PackageShape
from mcp.server.mcpserver import MCPServer

NOTHING = uuid.UUID(int=0)
ITEMS = [
    PackageShape(
        id=NOTHING,
        interview=NOTHING,
        run=NOTHING,
        number=1,
        title="Desk: “day & night”",
        grade="unjudged",
        drafted_by="offline",
        counts=Counts(),
        sha256="0" * 64,
        size=80_000,
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
] * 2

server = MCPServer("bare")
assert django_application is not None


@server.tool()
async def list_packages() -> PackagePage:
    """List packages."""
    return PackagePage(items=ITEMS)


application = server.streamable_http_app(stateless_http=True)
