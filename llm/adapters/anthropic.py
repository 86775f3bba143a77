"""Anthropic's Messages API, streamed, with structured outputs (``output_config.format``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from ground import egress
from ground.errors import NotConfigured
from llm.adapters.base import Reply, Request
from llm.adapters.http import PURPOSE, after, failure_of, patience
from llm.errors import AnswerCutOff, ModelBusy, ModelFailed, ModelRefused, StreamBroken, TooLong, Usage

if TYPE_CHECKING:
    import anthropic

PARTY = "Anthropic"


class AnthropicAdapter:
    """The provider ``anthropic``."""

    outside = True

    def __init__(self, *, key: str = "") -> None:
        self._key = key or settings.ANTHROPIC_API_KEY
        if not self._key:
            raise NotConfigured("ANTHROPIC_API_KEY is not set. Set it, or use LLM_PROVIDER=offline.", permanent=True)

    def answer(self, request: Request) -> Reply:
        # Imported here: the SDK costs a second at start, and the offline provider never needs it.
        import anthropic
        import httpx2

        instructions: list[anthropic.types.TextBlockParam] = [
            {"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}
        ]
        messages: list[anthropic.types.MessageParam] = [
            {"role": "user", "content": turn.text} if turn.role == "user" else {"role": "assistant", "content": turn.text}
            for turn in request.turns
        ]
        reading = _Reading()
        with egress.client(party=PARTY, purpose=PURPOSE, timeout=patience(request.seconds_left())) as http:
            client = anthropic.Anthropic(api_key=self._key, base_url=settings.ANTHROPIC_BASE_URL, max_retries=0, http_client=http)
            try:
                with client.messages.create(
                    model=request.model,
                    max_tokens=request.max_tokens,
                    system=instructions,
                    messages=messages,
                    output_config={"format": {"type": "json_schema", "schema": request.schema}},
                    stream=True,
                ) as stream:
                    reading.request_id = stream.response.headers.get("request-id", "")
                    for event in stream:
                        reading.take(event)
                        request.seconds_left()
            except ModelFailed as failure:
                failure.usage, failure.request_id = reading.usage, failure.request_id or reading.request_id
                raise
            except anthropic.APIStatusError as error:
                raise _status_failure(error, reading) from error
            except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as error:
                raise failure_of(error, reading.usage, reading.request_id) from error
        return reading.reply()


class _Reading:
    """The answer as far as it was received."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.usage = Usage()
        self.model = ""
        self.request_id = ""
        self.stop: str | None = None
        self.finished = False

    def take(self, event: Any) -> None:
        if event.type == "message_start":
            read = event.message.usage
            self.model = event.message.model
            self.usage = Usage(
                tokens_in=read.input_tokens or 0,
                tokens_out=read.output_tokens or 0,
                tokens_cached=read.cache_read_input_tokens or 0,
                tokens_cache_written=read.cache_creation_input_tokens or 0,
            )
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            self.pieces.append(event.delta.text)
        elif event.type == "message_delta":
            self.stop = event.delta.stop_reason or self.stop
            # Cumulative, not a difference.
            before = self.usage
            self.usage = Usage(
                before.tokens_in,
                event.usage.output_tokens or before.tokens_out,
                before.tokens_cached,
                before.tokens_cache_written,
            )
        elif event.type == "message_stop":
            self.finished = True

    def reply(self) -> Reply:
        """The whole answer. A stream can end without an exception and yet without its end: only ``message_stop`` tells."""
        paid: dict[str, Any] = {"usage": self.usage, "request_id": self.request_id}
        if not self.finished or self.stop is None:
            raise StreamBroken(**paid)
        if self.stop == "max_tokens":
            raise AnswerCutOff(**paid)
        if self.stop == "refusal":
            raise ModelRefused(**paid)
        if self.stop == "model_context_window_exceeded":
            raise TooLong(**paid)
        if self.stop not in {"end_turn", "stop_sequence"}:
            raise ModelFailed(f"The model stopped for a reason we do not know ({self.stop}).", **paid)
        return Reply("".join(self.pieces), self.usage, self.model, self.request_id)


def _status_failure(error: anthropic.APIStatusError, reading: _Reading) -> ModelFailed:
    details = error.body.get("error") if isinstance(error.body, dict) else None
    kind, said = (str(details.get("type", "")), str(details.get("message", ""))) if isinstance(details, dict) else ("", "")
    if kind in {"overloaded_error", "rate_limit_error", "api_error", "timeout_error"}:
        # Also sent in the middle of a stream, where the status was 200.
        return ModelBusy(
            usage=reading.usage, request_id=error.request_id or reading.request_id, retry_after=after(error.response)
        )
    if "prompt is too long" in said:
        return TooLong(request_id=error.request_id or "")
    return failure_of(error, reading.usage, error.request_id or reading.request_id)
