"""The SDK alone, for ``script/bench mcp``: its default server, without our door, tokens and threads.

``list_packages`` reads the same rows by the same reader as SpecStep's tool, as a plain function, which the SDK runs in its own
threads. ``list_packages_from_memory`` gives such a value without any database.
"""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cache

from specstep.asgi import django_application  # isort: skip  # it sets Django up
from mcp.server.mcpserver import MCPServer

from accounts.models import User
from api.authenticating import Caller
from api.nouns import packages

NOTHING = uuid.UUID(int=0)
ITEM = packages.PackageShape(
    id=NOTHING,
    interview=NOTHING,
    run=NOTHING,
    number=1,
    title="Desk: “day & night”",
    grade="unjudged",
    drafted_by="offline",
    counts=packages.Counts(),
    sha256="0" * 64,
    size=80_000,
    created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)

server = MCPServer("bare")
assert django_application is not None


@server.tool()
def list_packages() -> packages.PackagePage:
    """List packages."""
    return packages.listed(_owner())


@server.tool()
async def list_packages_from_memory() -> packages.PackagePage:
    """List packages."""
    return packages.PackagePage(items=[ITEM, ITEM])


@cache
def _owner() -> Caller:
    user = User.objects.get()
    return Caller(user, user.workspace, NOTHING, "nobody")


application = server.streamable_http_app(stateless_http=True)
