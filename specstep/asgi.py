"""The web process: agents are answered by the MCP server at ``/mcp``, everything else by Django.

The two stand side by side. Django knows no lifespan (ASGI, 2.0), which the MCP server needs to keep its tasks in, so it is
owned here; uvicorn is run with ``--lifespan on``, because its default would hide a failure at the start.
"""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

from specstep.bodies import Bounded
from specstep.callers import with_caller

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specstep.settings")
django_application = Bounded(get_asgi_application())

from api.mcp import door  # noqa: E402  # Django has to be set up before its models are named
from api.mcp.serving import Agents  # noqa: E402


class Site:
    """Both as one ASGI application."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self._lived(receive, send)
        if scope["type"] == "http":
            scope = with_caller(scope)
        if scope["type"] == "http" and scope["path"] in door.PATHS:
            return await self._agents(scope, receive, send)
        return await django_application(scope, receive, send)

    async def _lived(self, receive: Any, send: Any) -> None:
        await receive()
        async with self._agents.at_work():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


application = Site(Agents())
