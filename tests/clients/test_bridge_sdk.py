"""Clients of the protocol's own SDK over stdio, in both eras: through the bridge they get what they get over HTTP (PO-031)."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult
from pydantic import BaseModel

from accounts.models import User
from interviews.flows import opening
from interviews.models import Answer
from tests.api.oauth.issued import a_token
from tests.clients.conftest import Desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.xdist_group("mcp-clients")]

SAID = "Patients book online. The Desk sends a reminder 24 hours before."


@pytest.mark.promise("PO-031")
@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_a_client_gets_through_the_bridge_what_it_gets_without(
    site: str, alice: User, desk: Desk, mode: Any, version: str
) -> None:
    token = a_token(alice)[1]
    desk.keeps(site, "oauth", token)
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    project = str(interview.pk)
    forms: list[str] = []
    told_progress: list[float] = []

    async def owner(context: Any, params: ElicitRequestParams) -> ElicitResult:
        forms.append(params.message)
        return ElicitResult(action="accept", content={"answer": SAID}) if len(forms) == 1 else ElicitResult(action="cancel")

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told_progress.append(progress)

    async def told(client: Client) -> list[Any]:
        listed = (await client.list_tools(), await client.list_resources(), await client.list_prompts())
        called = [await client.call_tool(*call) for call in (("list_interviews", {}), ("get_interview", {"interview": project}))]
        refused = await client.call_tool("get_package", {"package": "none"})
        said = [client.protocol_version, client.server_info, client.instructions, *listed, *called, refused]
        return [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in said]

    async def through_the_bridge() -> list[Any]:
        words = StdioServerParameters(command=sys.executable, args=desk.command("mcp", "--debug")[1:], env=desk.environment())
        with (desk.home.parent / "log").open("w") as log:
            async with Client(stdio_client(words, errlog=log), mode=mode, elicitation_callback=owner) as client:
                said = await told(client)
                await client.call_tool("test_tool_with_progress", {}, progress_callback=note)
                conducted = await client.call_tool("conduct_interview", {"interview": project})
                assert conducted.structured_content is not None, conducted
                assert (conducted.structured_content["status"], conducted.structured_content["answered"]) == ("stopped", 1)
        return said

    async def without() -> list[Any]:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
            Client(streamable_http_client(f"{site}/mcp", http_client=http), mode=mode) as client,
        ):
            return await told(client)

    direct = asyncio.run(without())
    bridged = asyncio.run(through_the_bridge())
    assert bridged == direct
    assert bridged[0] == version
    assert told_progress == [0, 50, 100]
    assert forms[0].startswith("Tell us about the project")
    assert Answer.objects.get(interview=interview).text == SAID
    log = (desk.home.parent / "log").read_text()
    assert "tools/call: 200" in log
    assert SAID not in log
    assert token not in log
