"""The bare control: the same prompts and the same graph with asyncio and the vendor's SDK, and nothing that makes it last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from llm import prompting, schemas
from tests.llm.kill.graphs import Node, task
from tests.llm.kill.scribe.calls import BY_KIND, Written


async def run(nodes: Sequence[Node], provider: str, *, url: str, key: str) -> float:
    """Seconds from the start to the last answer."""
    # Imported here: loading them is not what is measured, so the caller runs this once before it counts.
    import anthropic
    import openai

    client: Any
    if provider == "anthropic":
        client = anthropic.AsyncAnthropic(api_key=key, base_url=url, max_retries=0)
    else:
        client = openai.AsyncOpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0)
    answers: dict[str, asyncio.Task[dict[str, str]]] = {}

    async def one(node: Node) -> dict[str, str]:
        results = {need: await answers[need] for need in node.needs}
        text = await _ask(client, provider, node, results)
        return Written.model_validate_json(text).model_dump()

    begun = time.perf_counter()
    async with client:
        for node in nodes:
            answers[node.key] = asyncio.ensure_future(one(node))
        await asyncio.gather(*answers.values())
    return time.perf_counter() - begun


async def _ask(client: Any, provider: str, node: Node, results: dict[str, dict[str, str]]) -> str:
    call = BY_KIND[node.kind]
    rendered = prompting.render(prompting.load(call), task(node, results), call)
    schema = {"title": call.schema_title, **schemas.strict(call.output)}
    model = settings.LLM_MODELS[provider, call.tier]
    if provider == "anthropic":
        content: list[dict[str, Any]] = [{"type": "text", "text": block.text} for block in rendered.blocks]
        for block, part in zip(rendered.blocks, content, strict=True):
            if block.mark:
                part["cache_control"] = {"type": "ephemeral"}
        stream = await client.messages.create(
            model=model,
            max_tokens=call.max_tokens,
            system=[{"type": "text", "text": rendered.system}],
            messages=[{"role": "user", "content": content}],
            output_config={"format": {"type": "json_schema", "schema": schema}},
            stream=True,
        )
        return "".join([event.delta.text async for event in stream if event.type == "content_block_delta"])
    stream = await client.responses.create(
        model=model,
        instructions=rendered.system,
        input=[{"role": "user", "content": [{"type": "input_text", "text": block.text} for block in rendered.blocks]}],
        max_output_tokens=call.max_tokens,
        text={"format": {"type": "json_schema", "name": "scribe", "schema": schema, "strict": True}},
        store=False,
        stream=True,
    )
    return "".join([event.delta async for event in stream if event.type == "response.output_text.delta"])
