"""SpecStep's MCP server asked in two ways: in this process by the SDK's own client, and over HTTP behind its door."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
import uvicorn
from django.test import override_settings
from mcp.client.client import Client
from mcp_types import CallToolResult, ReadResourceResult, TextContent

from accounts.models import User
from api.mcp.calling import called_by
from api.mcp.server import Server, make_server
from api.mcp.serving import Agents
from api.oauth.recognising import Grantee
from generation.models import Package
from ground import clock
from tests.packages import written
from tests.plugins.servers import free_port, wait_until

R = TypeVar("R")
TOOL = "Drafting Desk"


@pytest.fixture(scope="session")
def server() -> Server:
    return make_server()


@pytest.fixture
def package(alice: User) -> Package:
    return written(alice)


@pytest.fixture
def eager(settings: Any) -> None:
    """What a worker would do is done at once."""
    settings.CELERY_TASK_ALWAYS_EAGER = True


def asked(server: Server, user: User, scenario: Callable[[Client], Awaitable[R]], **options: Any) -> R:
    """What ``scenario`` gives, told by the SDK's client while ``user`` calls with a tool."""

    tool = Grantee(uuid.uuid4(), user.pk, user.workspace.pk, "client-1", TOOL, ("full_access",), clock.now())

    async def told() -> R:
        called_by(tool)
        async with Client(server, **options) as client:
            return await scenario(client)

    return asyncio.run(told())


def calls(name: str, /, **arguments: Any) -> Callable[[Client], Awaitable[CallToolResult]]:
    """The scenario of one call."""
    return lambda client: client.call_tool(name, arguments)


def reads(uri: str) -> Callable[[Client], Awaitable[ReadResourceResult]]:
    """The scenario of one resource."""
    return lambda client: client.read_resource(uri)


def call(server: Server, user: User, name: str, /, **arguments: Any) -> Any:
    """The typed value that a tool gives. Raises ``Refused`` with its sentence."""
    return value_of(asked(server, user, calls(name, **arguments)))


def value_of(result: CallToolResult) -> Any:
    if result.is_error:
        (said,) = result.content
        assert isinstance(said, TextContent)
        raise Refused(said.text)
    assert result.structured_content is not None
    return result.structured_content


class Refused(Exception):
    """A tool said no, with a sentence."""


@pytest.fixture(scope="package")
def listening() -> Iterator[str]:
    """SpecStep's web process within this one: ``http://127.0.0.1:PORT``."""
    from specstep.asgi import Site

    yield from _served(lambda: Site(Agents()))


@pytest.fixture(scope="package")
def listening_suite() -> Iterator[str]:
    """The same with the conformance suite's fixtures (``site.py``)."""
    from tests.api.mcp.site import TestSite

    yield from _served(TestSite)


@pytest.fixture
def url(listening: str, settings: Any) -> str:
    """The address of the MCP server."""
    settings.SITE_URL = listening
    return f"{listening}/mcp"


def _served(site: Callable[[], Any]) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with override_settings(SITE_URL=address, API_STRANGER_CALLS=10_000, API_CALLS=10_000):
        web = uvicorn.Server(uvicorn.Config(site(), port=port, lifespan="on", log_config=None, access_log=False))
        thread = threading.Thread(target=web.run, daemon=True)
        thread.start()
        wait_until(lambda: web.started, seconds=30, what="The web process")
        yield address
        web.should_exit = True
        thread.join(timeout=20)
