"""The MCP server of SpecStep: its tools, resources and prompts, put together."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.request_state import RequestStateSecurity
from mcp_types import CallToolResult, InputRequiredResult, Resource
from mcp_types import Tool as ToolRow
from pydantic import ValidationError

from api.mcp import completing, prompts, resources
from api.mcp.toolbox import Tool
from api.mcp.tools import answers, conducting, deliveries, folders, interviews, operations, packages, recycling, runs
from ground import vault

NAME = "SpecStep"
INSTRUCTIONS = Path(__file__).with_name("instructions.md")
STATE_SECONDS = 24 * 3600.0
"""How long a question put to the owner may wait for its answer."""
LISTS_MS = 60_000


MODULES = (interviews, answers, conducting, folders, runs, packages, deliveries, recycling, operations)


def tools() -> list[Tool]:
    """Every tool, in the order in which they are listed."""
    return [tool for module in MODULES for tool in module.tool.tools]


def make_server() -> Server:
    """A server with everything on it. Each transport needs one of its own."""
    server = Server(
        NAME,
        title="SpecStep: interviews, packages, requirements",
        version=_release(),
        instructions=INSTRUCTIONS.read_text(),
        website_url=settings.SITE_URL,
        # Any process of any machine may get the answer to a question that another one asked.
        request_state_security=RequestStateSecurity(keys=vault.keys_for("mcp request state"), ttl=STATE_SECONDS),
        # Which tools, prompts and templates there are is the same for everybody; what belongs to a person is theirs.
        cache_hints={
            "tools/list": CacheHint(LISTS_MS, "public"),
            "prompts/list": CacheHint(LISTS_MS, "public"),
            "resources/templates/list": CacheHint(LISTS_MS, "public"),
            "resources/list": CacheHint(0, "private"),
            "resources/read": CacheHint(0, "private"),
        },
        # Streams of other processes would not hear of a change; who waits for a run calls get_generation.
        subscriptions=False,
    )
    for tool in tools():
        tool.put_on(server)
    resources.put_on(server)
    prompts.put_on(server)
    completing.put_on(server)
    return server


class Server(MCPServer[Any]):
    """The SDK's, with what it does not do: sentences for arguments that do not fit, marked data, lists of a person's own."""

    _listed: list[ToolRow] | None = None

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(unfit(name, cause)) from cause
            if isinstance(cause, ToolError) and type(error) is ToolError:
                # The sentence alone: the SDK puts the tool's name before it, which the agent knows.
                raise cause from cause.__cause__
            raise

    async def list_tools(self) -> list[ToolRow]:
        """The same list each time, so it is made once."""
        if self._listed is None:
            self._listed = await super().list_tools()
            for tool in self._listed:
                tool.input_schema = lean(tool.input_schema)
                tool.output_schema = lean(tool.output_schema)
        return self._listed

    async def list_resources(self) -> list[Resource]:
        return await super().list_resources() + await resources.listed()


def lean(schema: Any) -> Any:
    """A schema without what only fills an agent's memory: examples, and titles that repeat a name."""
    if isinstance(schema, list):
        return [lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {word: part for word, part in schema.items() if word not in ("examples", "title")}
    # Under these words stand names of ours, of which one may be "title".
    named = {word: {name: lean(part) for name, part in kept[word].items()} for word in ("properties", "$defs") if word in kept}
    return {word: part if word in ("enum", "const", "default") else lean(part) for word, part in kept.items()} | named


def unfit(name: str, error: ValidationError) -> str:
    """What is wrong with the arguments of a call, without repeating them."""
    said = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in fault["loc"])
        said.append(f"{place}: {fault['msg'][:1].lower()}{fault['msg'][1:]}.")
    return f"The arguments of {name} do not fit. {' '.join(said)} Its input schema says what it takes."


def _release() -> str:
    try:
        return version("specstep")
    except PackageNotFoundError:
        return "0.1.0"
