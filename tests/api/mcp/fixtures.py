"""What the conformance suite asks a server for: tools, resources and prompts of its own naming. They stand in tests only.

The texts are the ones its scenarios demand (``@modelcontextprotocol/conformance`` 0.2.0-alpha.12, descriptions of the scenarios).
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)
from pydantic import BaseModel, Field

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
Ctx = Context[Any, Any]


def put_on(server: MCPServer[Any]) -> None:
    """Everything the suite asks for."""
    for tool in (
        *(test_simple_text, test_image_content, test_audio_content, test_embedded_resource, test_multiple_content_types),
        *(test_error_handling, test_tool_with_progress, test_tool_with_logging, test_sampling, test_elicitation),
        *(test_elicitation_sep1034_defaults, test_elicitation_sep1330_enums, test_missing_capability),
        *(test_streaming_elicitation, test_input_required_result_elicitation, test_input_required_result_sampling),
        *(test_input_required_result_list_roots, test_input_required_result_request_state),
        *(test_input_required_result_multiple_inputs, test_input_required_result_multi_round),
        *(test_input_required_result_tampered_state, test_input_required_result_capabilities),
    ):
        server.add_tool(tool, description=f"A fixture of the conformance suite: {tool.__name__}.")
    text = "This is the content of the static text resource."
    server.resource("test://static-text", name="static-text", description="Text.", mime_type="text/plain")(lambda: text)
    server.resource("test://static-binary", name="static-binary", description="A picture.", mime_type="image/png")(
        lambda: base64.b64decode(PNG)
    )
    server.resource("test://watched-resource", name="watched", description="Watched.", mime_type="text/plain")(lambda: "Watched.")
    server.resource("test://template/{id}/data", name="by-id", description="By id.", mime_type="application/json")(data_of)
    for prompt in (
        *(test_simple_prompt, test_prompt_with_arguments, test_prompt_with_embedded_resource, test_prompt_with_image),
        test_input_required_result_prompt,
    ):
        server.prompt(description=f"A fixture of the conformance suite: {prompt.__name__}.")(prompt)
    # Gone from the protocol since 2026-07-28; the SDK offers them on its lower floor only.
    older = server._lowlevel_server
    for method, params in (
        ("logging/setLevel", SetLevelRequestParams),
        ("resources/subscribe", SubscribeRequestParams),
        ("resources/unsubscribe", UnsubscribeRequestParams),
    ):
        older.add_request_handler(method, params, _taken)


async def _taken(ctx: Any, params: Any) -> EmptyResult:
    return EmptyResult()


# --- what tools answer ---------------------------------------------------------------------------------------------------------


async def test_simple_text() -> list[TextContent]:
    return [TextContent(type="text", text="This is a simple text response for testing.")]


async def test_image_content() -> list[ImageContent]:
    return [ImageContent(type="image", data=PNG, mime_type="image/png")]


async def test_audio_content() -> list[AudioContent]:
    return [AudioContent(type="audio", data=WAV, mime_type="audio/wav")]


async def test_embedded_resource() -> list[EmbeddedResource]:
    return [_embedded("test://embedded-resource", "This is an embedded resource content.")]


async def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    mixed = _embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return [
        TextContent(type="text", text="Multiple content types test:"),
        ImageContent(type="image", data=PNG, mime_type="image/png"),
        mixed,
    ]


async def test_error_handling() -> str:
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_progress(ctx: Ctx) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await asyncio.sleep(0.05)
    return "Done."


async def test_tool_with_logging(ctx: Ctx) -> str:
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.log("info", line)  # pyright: ignore[reportDeprecated]
        await asyncio.sleep(0.05)
    return "Done."


# --- what asks the client, before 2026-07-28 ------------------------------------------------------------------------------------


async def test_sampling(prompt: str, ctx: Ctx) -> str:
    said = await ctx.session.create_message(messages=_user(prompt), max_tokens=100, related_request_id=ctx.request_id)
    return f"LLM response: {getattr(said.content, 'text', said.content)}"


class Person(BaseModel):
    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


ENUMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {
            "type": "string",
            "oneOf": [
                {"const": f"value{n}", "title": f"{word} Option"} for n, word in enumerate(("First", "Second", "Third"), 1)
            ],
        },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {
            "type": "array",
            "items": {
                "anyOf": [{"const": f"value{n}", "title": f"{word} Choice"} for n, word in enumerate(("First", "Second"), 1)]
            },
        },
    },
}


async def test_elicitation(message: str, ctx: Ctx) -> str:
    said = await ctx.elicit(message, Person)
    return f"User response: {said.model_dump_json()}"


async def test_elicitation_sep1034_defaults(ctx: Ctx) -> str:
    return f"Elicitation completed: {(await ctx.elicit('Please review', Defaults)).model_dump_json()}"


async def test_elicitation_sep1330_enums(ctx: Ctx) -> str:
    said = await ctx.session.elicit_form("Please choose", ENUMS, related_request_id=ctx.request_id)
    return f"Elicitation completed: {said.model_dump_json()}"


async def test_missing_capability(ctx: Ctx) -> str:
    if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
        needed: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This needs sampling.", data=needed)
    return "There."


async def test_streaming_elicitation(ctx: Ctx) -> str | InputRequiredResult:
    return "There." if _answered(ctx, "user_name") else _required(user_name=_asks("What is your name?", "name"))


# --- what asks the client, from 2026-07-28 --------------------------------------------------------------------------------------


async def test_input_required_result_elicitation(ctx: Ctx) -> str | InputRequiredResult:
    said = _answered(ctx, "user_name")
    return f"Hello, {said['name']}!" if said and "name" in said else _required(user_name=_asks("What is your name?", "name"))


async def test_input_required_result_sampling(ctx: Ctx) -> str | InputRequiredResult:
    said = (ctx.input_responses or {}).get("capital_question")
    if said is None:
        return _required(capital_question=_samples("What is the capital of France?", 100))
    return said.model_dump_json()


async def test_input_required_result_list_roots(ctx: Ctx) -> str | InputRequiredResult:
    said = (ctx.input_responses or {}).get("client_roots")
    return _required(client_roots=ListRootsRequest()) if said is None else said.model_dump_json()


async def test_input_required_result_request_state(ctx: Ctx) -> str | InputRequiredResult:
    if ctx.request_state == "confirming" and _answered(ctx, "confirm"):
        return "state-ok"
    return _required("confirming", confirm=_asks("Please confirm", "ok", "boolean"))


async def test_input_required_result_multiple_inputs(ctx: Ctx) -> str | InputRequiredResult:
    if {"user_name", "greeting", "client_roots"} <= (ctx.input_responses or {}).keys():
        return "All there."
    return _required(
        "several",
        user_name=_asks("What is your name?", "name"),
        greeting=_samples("Generate a greeting", 50),
        client_roots=ListRootsRequest(),
    )


async def test_input_required_result_multi_round(ctx: Ctx) -> str | InputRequiredResult:
    state: dict[str, Any] = json.loads(ctx.request_state or "{}")
    if state.get("round") == 2 and (colour := _answered(ctx, "step2")):
        return f"{state['name']} likes {colour['color']}."
    if state.get("round") == 1 and (name := _answered(ctx, "step1")):
        return _required(json.dumps({"round": 2, **name}), step2=_asks("Step 2: What is your favorite color?", "color"))
    return _required(json.dumps({"round": 1}), step1=_asks("Step 1: What is your name?", "name"))


async def test_input_required_result_tampered_state(ctx: Ctx) -> str | InputRequiredResult:
    return "state-ok" if ctx.request_state else _required("sealed", confirm=_asks("Please confirm", "ok", "boolean"))


async def test_input_required_result_capabilities(ctx: Ctx) -> str | InputRequiredResult:
    has = ctx.client_capabilities
    asked: dict[str, InputRequest] = {}
    if has is not None and has.elicitation is not None:
        asked["user_name"] = _asks("What is your name?", "name")
    if has is not None and has.sampling is not None:
        asked["greeting"] = _samples("Generate a greeting", 50)
    return _required(**asked) if asked and not ctx.input_responses else "Nothing to ask."


# --- resources and prompts ------------------------------------------------------------------------------------------------------


def data_of(id: str) -> str:  # noqa: A002  # the suite names it so
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def test_simple_prompt() -> str:
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(
    arg1: Annotated[str, Field(description="First test argument")],
    arg2: Annotated[str, Field(description="Second test argument")],
) -> str:
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(
    resourceUri: Annotated[str, Field(description="URI of the resource to embed")],  # noqa: N803  # the suite names it so
) -> list[UserMessage]:
    embedded = _embedded(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(embedded), UserMessage("Please process the embedded resource above.")]


def test_prompt_with_image() -> list[UserMessage]:
    picture = ImageContent(type="image", data=PNG, mime_type="image/png")
    return [UserMessage(picture), UserMessage("Please analyze the image above.")]


async def test_input_required_result_prompt(ctx: Ctx) -> str | InputRequiredResult:
    said = _answered(ctx, "user_context")
    if not said:
        return _required(user_context=_asks("What context should the prompt use?", "context"))
    return f"Use this context: {said['context']}"


# --- words of the wire ----------------------------------------------------------------------------------------------------------


def _embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def _user(text: str) -> list[SamplingMessage]:
    return [SamplingMessage(role="user", content=TextContent(type="text", text=text))]


def _samples(text: str, most: int) -> CreateMessageRequest:
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=_user(text), max_tokens=most))


def _asks(message: str, name: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _required(state: str | None = None, /, **asked: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=asked, request_state=state)


def _answered(ctx: Ctx, key: str) -> dict[str, Any] | None:
    said = (ctx.input_responses or {}).get(key)
    return dict(said.content) if isinstance(said, ElicitResult) and said.action == "accept" and said.content else None
