"""OpenAI's Responses API with strict structured outputs (``text.format``): streamed, or written in the background and fetched
by id.

Any base URL that speaks it. A background response has to be stored at the vendor (``store``); it is deleted there as soon as its
answer is committed here.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from llm.adapters.base import Begun, FirstToken, Reply, Request, ResponseFailed, ResponseGone
from llm.adapters.http import Paid, client, failure_of, limits_of, named_failures, patience, quieten
from llm.errors import (
    AnswerCutOff,
    Limits,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    Rejected,
    StreamBroken,
    TooLong,
    Usage,
    VendorOut,
)

if TYPE_CHECKING:
    import openai

PARTY = "OpenAI"
_ENDS = {"response.completed", "response.incomplete", "response.failed"}


class OpenAIAdapter:
    """The provider ``openai``."""

    outside = True

    def __init__(self, key: str) -> None:
        # The SDK costs a second or two: the offline provider never needs it, and the event loop must not wait for it.
        import openai  # noqa: F401

        quieten("openai")
        self._key = key
        self._kits: dict[int, openai.AsyncOpenAI] = {}
        self.in_background: bool = settings.LLM_OPENAI_BACKGROUND

    async def answer(self, request: Request, first_token: FirstToken) -> Reply:
        with _named_failures(paid := Paid()):
            async with await self._vendor().responses.create(**_body(request), store=False, stream=True) as stream:
                limits, final = limits_of(stream.response.headers), None
                async for event in stream:
                    if event.type == "response.output_text.delta":
                        first_token()
                    elif event.type in _ENDS:
                        final = event.response
                        paid.so_far = _usage(final)
                    elif event.type == "error":
                        raise _named(str(event.code or ""), str(event.message or ""))
        if final is None:
            # A stream can end without an exception and yet without its end.
            raise StreamBroken
        return _reply(final, limits)

    async def begin(self, request: Request) -> Begun:
        with _named_failures(Paid()):
            created = await self._vendor().responses.with_raw_response.create(**_body(request), store=True, background=True)
            response_id, limits = getattr(created.parse(), "id", None), limits_of(created.headers)
        if not isinstance(response_id, str) or not response_id:
            raise ModelBusy("OpenAI took the request and gave no id for the answer.")
        return Begun(response_id, limits)

    async def collect(self, response_id: str) -> Reply | None:
        import openai

        with _named_failures(paid := Paid()):
            try:
                raw = await self._vendor().responses.with_raw_response.retrieve(response_id)
            except openai.NotFoundError as error:
                raise ResponseGone from error
            found = raw.parse()
            if getattr(found, "status", None) in {"queued", "in_progress"}:
                return None
            paid.so_far = _usage(found)
        if getattr(found, "status", None) == "cancelled":
            raise ResponseFailed(ModelBusy("OpenAI stopped writing the answer.", usage=paid.so_far))
        if not isinstance(getattr(found, "status", None), str):
            raise ModelBusy("OpenAI did not say how the answer stands.")
        try:
            return _reply(found, limits_of(raw.headers))
        except ModelBusy as failure:
            raise ResponseFailed(failure) from failure

    async def discard(self, response_id: str, *, unfinished: bool) -> None:
        with _named_failures(Paid()):
            if unfinished:
                await self._vendor().responses.cancel(response_id)
            await self._vendor().responses.delete(response_id)

    def _vendor(self) -> openai.AsyncOpenAI:
        """The kit for this call and event loop: a new one asks in a thread on which platform it runs, at its first request."""
        loop = id(asyncio.get_running_loop())
        if loop not in self._kits:
            self._kits[loop] = self._made()
        return self._kits[loop]

    def _made(self) -> openai.AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(
            api_key=self._key,
            base_url=settings.OPENAI_BASE_URL,
            max_retries=0,
            timeout=patience(),
            http_client=client(PARTY),
            # The kit would send the operator's organisation and project from the environment along with an owner's own key.
            default_headers={"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()},  # type: ignore[dict-item]
        )


def _body(request: Request) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "input_text", "text": block.text} for block in request.blocks]
    if request.pays_for_writes and request.mark:
        for block, part in zip(request.blocks, content, strict=True):
            if block.mark:
                part["prompt_cache_breakpoint"] = {"mode": "explicit"}
    said: list[dict[str, Any]] = [{"role": "user", "content": content}]
    said += [{"role": turn.role, "content": turn.text} for turn in request.turns]
    body: dict[str, Any] = {
        "model": request.model,
        "instructions": request.system,
        "input": said,
        "max_output_tokens": request.max_tokens,
        "text": {"format": {"type": "json_schema", "name": request.schema_name, "schema": request.schema, "strict": True}},
    }
    if request.pays_for_writes:
        # Without this the end of every prompt is written, for a quarter more, and nobody reads it.
        body["prompt_cache_options"] = {"mode": "explicit"}
    if request.cache_key:
        body["prompt_cache_key"] = request.cache_key
    return body


def _named_failures(paid: Paid) -> AbstractContextManager[None]:
    import openai

    return named_failures(paid, openai.APIStatusError, _status_failure, openai.OpenAIError)


def _usage(response: Any) -> Usage:
    read = getattr(response, "usage", None)
    if read is None:
        return Usage()
    details = read.input_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    written = (getattr(details, "cache_write_tokens", 0) or 0) if details else 0
    return Usage(
        tokens_in=max(0, read.input_tokens - cached - written),
        tokens_out=read.output_tokens,
        tokens_cached=cached,
        tokens_cache_written=written,
    )


def _reply(final: Any, limits: Limits) -> Reply:
    """The whole answer of a response that has ended, or what its end means."""
    paid, status = _usage(final), getattr(final, "status", None)
    if status == "incomplete":
        reason = final.incomplete_details.reason if final.incomplete_details else ""
        raise (ModelRefused if reason == "content_filter" else AnswerCutOff)(usage=paid)
    if status == "failed":
        failure = _named(str(final.error.code) if final.error else "", str(final.error.message) if final.error else "")
        failure.usage = paid
        raise failure
    if status != "completed":
        raise StreamBroken(usage=paid)
    parts = [part for item in final.output if item.type == "message" for part in item.content]
    if any(part.type == "refusal" for part in parts):
        raise ModelRefused(usage=paid)
    return Reply("".join(part.text for part in parts if part.type == "output_text"), paid, final.model, limits)


def _named(code: str, said: str) -> ModelFailed:
    if code == "context_length_exceeded":
        return TooLong()
    if code == "insufficient_quota":
        return VendorOut("The account at OpenAI has no credit left. Whoever owns it has to add some.")
    if code in {"server_error", "rate_limit_exceeded", "overloaded", ""}:
        return ModelBusy(limited=code == "rate_limit_exceeded")
    return Rejected(
        f"OpenAI refused the request ({code[:60]}). An operator has to check the key and the model names in the settings."
    )


def _status_failure(error: openai.APIStatusError, paid: Usage) -> ModelFailed:
    if error.code in {"insufficient_quota", "context_length_exceeded"}:
        failure = _named(error.code, "")
        failure.usage = paid
        return failure
    return failure_of(error, paid)
