"""Anthropic's Messages API, streamed, with structured outputs (``output_config.format``) and one cache mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from llm.adapters.base import Begun, FirstToken, Reply, Request
from llm.adapters.http import Paid, after, client, failure_of, limits_of, named_failures, patience, quieten
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
    import anthropic

PARTY = "Anthropic"
_BUSY = {"overloaded_error", "api_error", "timeout_error"}


class AnthropicAdapter:
    """The provider ``anthropic``."""

    outside = True
    in_background = False

    def __init__(self, key: str) -> None:
        # The SDK costs a second or two: the offline provider never needs it, and the event loop must not wait for it.
        import anthropic  # noqa: F401

        quieten("anthropic")
        self._key = key

    async def answer(self, request: Request, first_token: FirstToken) -> Reply:
        import anthropic

        vendor = anthropic.AsyncAnthropic(
            api_key=self._key,
            base_url=settings.ANTHROPIC_BASE_URL,
            max_retries=0,
            timeout=patience(),
            http_client=client(PARTY),
            # Its own spans can be told by the environment to hold content, and to send our trace ids along. Ours are enough.
            open_telemetry=False,
        )
        reading = _Reading(first_token)
        with named_failures(reading, anthropic.APIStatusError, _status_failure, anthropic.AnthropicError):
            async with await vendor.messages.create(
                model=request.model,
                max_tokens=request.max_tokens,
                system=_system(request),
                messages=_messages(request),
                output_config={"format": {"type": "json_schema", "schema": request.schema}},
                stream=True,
            ) as stream:
                reading.limits = limits_of(stream.response.headers)
                async for event in stream:
                    reading.take(event)
        return reading.reply()

    async def begin(self, request: Request) -> Begun:
        raise Rejected("Anthropic writes no answers in the background.")

    async def collect(self, response_id: str) -> Reply | None:
        raise Rejected("Anthropic writes no answers in the background.")

    async def discard(self, response_id: str, *, unfinished: bool) -> None:
        """Nothing is stored there."""


def _system(request: Request) -> list[anthropic.types.TextBlockParam]:
    system: anthropic.types.TextBlockParam = {"type": "text", "text": request.system}
    if request.mark and not any(block.mark for block in request.blocks):
        system["cache_control"] = {"type": "ephemeral"}
    return [system]


def _messages(request: Request) -> list[anthropic.types.MessageParam]:
    content: list[anthropic.types.TextBlockParam] = [{"type": "text", "text": block.text} for block in request.blocks]
    if request.mark:
        # At the end of what others share: a read looks back from there to what an earlier call with less of it wrote.
        for block, part in zip(request.blocks, content, strict=True):
            if block.mark:
                part["cache_control"] = {"type": "ephemeral"}
    messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": content}]
    for turn in request.turns:
        if turn.role == "user":
            messages.append({"role": "user", "content": turn.text})
        else:
            messages.append({"role": "assistant", "content": turn.text})
    return messages


class _Reading(Paid):
    """The answer as far as it was received."""

    def __init__(self, first_token: FirstToken) -> None:
        self.pieces: list[str] = []
        self.so_far = Usage()
        self.limits = Limits()
        self.model = ""
        self.stop: str | None = None
        self.finished = False
        self._first_token = first_token

    def take(self, event: Any) -> None:
        if event.type == "message_start":
            read = event.message.usage
            self.model = event.message.model
            self.so_far = Usage(
                tokens_in=read.input_tokens or 0,
                tokens_out=read.output_tokens or 0,
                tokens_cached=read.cache_read_input_tokens or 0,
                tokens_cache_written=read.cache_creation_input_tokens or 0,
            )
        elif event.type == "content_block_delta":
            if not self.pieces:
                self._first_token()
            if event.delta.type == "text_delta":
                self.pieces.append(event.delta.text)
        elif event.type == "message_delta":
            self.stop = event.delta.stop_reason or self.stop
            # Cumulative, not a difference.
            before = self.so_far
            self.so_far = Usage(
                before.tokens_in,
                event.usage.output_tokens or before.tokens_out,
                before.tokens_cached,
                before.tokens_cache_written,
            )
        elif event.type == "message_stop":
            self.finished = True

    def reply(self) -> Reply:
        """The whole answer. A stream can end without an exception and yet without its end: only ``message_stop`` tells."""
        if not self.finished or self.stop is None:
            raise StreamBroken(usage=self.so_far)
        if self.stop == "max_tokens":
            raise AnswerCutOff(usage=self.so_far)
        if self.stop == "refusal":
            raise ModelRefused(usage=self.so_far)
        if self.stop == "model_context_window_exceeded":
            raise TooLong(usage=self.so_far)
        if self.stop not in {"end_turn", "stop_sequence"}:
            raise ModelFailed(f"The model stopped for a reason we do not know ({self.stop}).", usage=self.so_far)
        return Reply("".join(self.pieces), self.so_far, self.model, self.limits)


def _status_failure(error: anthropic.APIStatusError, paid: Usage) -> ModelFailed:
    details = error.body.get("error") if isinstance(error.body, dict) else None
    kind, said = (str(details.get("type", "")), str(details.get("message", ""))) if isinstance(details, dict) else ("", "")
    headers = error.response.headers
    if kind == "rate_limit_error" and headers.get("x-should-retry") != "false":
        return ModelBusy(usage=paid, retry_after=after(headers), limited=True, limits=limits_of(headers))
    if kind in _BUSY:
        # Also sent in the middle of a stream, where the status was 200.
        return ModelBusy(usage=paid, retry_after=after(headers), limits=limits_of(headers))
    if "prompt is too long" in said:
        return TooLong()
    if kind in {"billing_error", "insufficient_quota"} or "credit balance" in said or error.status_code == 429:
        return VendorOut("The account at Anthropic has no credit left. Whoever owns it has to add some.", usage=paid)
    return failure_of(error, paid)
