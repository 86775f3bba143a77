"""OpenAI's Responses API, streamed, with strict structured outputs (``text.format``). Any base URL that speaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from ground import egress
from ground.errors import NotConfigured
from llm.adapters.base import Reply, Request
from llm.adapters.http import PURPOSE, after, failure_of, patience
from llm.errors import AnswerCutOff, ModelBusy, ModelFailed, ModelRefused, Rejected, StreamBroken, TooLong, Usage

if TYPE_CHECKING:
    import openai

PARTY = "OpenAI"


class OpenAIAdapter:
    """The provider ``openai``."""

    outside = True

    def __init__(self, *, key: str = "") -> None:
        self._key = key or settings.OPENAI_API_KEY
        if not self._key:
            raise NotConfigured("OPENAI_API_KEY is not set. Set it, or use LLM_PROVIDER=offline.", permanent=True)

    def answer(self, request: Request) -> Reply:
        # Imported here: the SDK costs a second at start, and the offline provider never needs it.
        import httpx2
        import openai

        reading = _Reading()
        with egress.client(party=PARTY, purpose=PURPOSE, timeout=patience(request.seconds_left())) as http:
            client = openai.OpenAI(api_key=self._key, base_url=settings.OPENAI_BASE_URL, max_retries=0, http_client=http)
            try:
                with client.responses.create(
                    model=request.model,
                    instructions=request.system,
                    input=[{"role": turn.role, "content": turn.text} for turn in request.turns],
                    max_output_tokens=request.max_tokens,
                    text={
                        "format": {"type": "json_schema", "name": request.schema_name, "schema": request.schema, "strict": True}
                    },
                    store=False,
                    stream=True,
                ) as stream:
                    reading.request_id = stream.response.headers.get("x-request-id", "")
                    for event in stream:
                        reading.take(event)
                        request.seconds_left()
            except ModelFailed as failure:
                failure.usage, failure.request_id = reading.usage, failure.request_id or reading.request_id
                raise
            except openai.APIStatusError as error:
                raise _status_failure(error, reading) from error
            except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
                raise failure_of(error, reading.usage, reading.request_id) from error
        return reading.reply()


class _Reading:
    """The answer as far as it was received. Only the final event's own text is used, never the pieces."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.request_id = ""
        self.final: Any = None
        self.end = ""

    def take(self, event: Any) -> None:
        if event.type in {"response.completed", "response.incomplete", "response.failed"}:
            self.end, self.final = event.type, event.response
            read = event.response.usage
            if read is not None:
                cached = read.input_tokens_details.cached_tokens if read.input_tokens_details else 0
                self.usage = Usage(tokens_in=read.input_tokens - cached, tokens_out=read.output_tokens, tokens_cached=cached)
        elif event.type == "error":
            raise _named(str(event.code or ""), str(event.message or ""))

    def reply(self) -> Reply:
        """The whole answer. A stream can end without an exception and yet without its end: only the final event tells."""
        paid: dict[str, Any] = {"usage": self.usage, "request_id": self.request_id}
        if self.end == "response.incomplete":
            reason = self.final.incomplete_details.reason if self.final.incomplete_details else ""
            raise (ModelRefused if reason == "content_filter" else AnswerCutOff)(**paid)
        if self.end == "response.failed":
            error = self.final.error
            failure = _named(str(error.code) if error else "", str(error.message) if error else "")
            failure.usage, failure.request_id = self.usage, self.request_id
            raise failure
        if self.end != "response.completed" or self.final.status != "completed":
            raise StreamBroken(**paid)
        parts = [part for item in self.final.output if item.type == "message" for part in item.content]
        if any(part.type == "refusal" for part in parts):
            raise ModelRefused(**paid)
        return Reply(
            "".join(part.text for part in parts if part.type == "output_text"), self.usage, self.final.model, self.request_id
        )


def _named(code: str, said: str) -> ModelFailed:
    if code == "context_length_exceeded":
        return TooLong()
    if code in {"server_error", "rate_limit_exceeded", "overloaded", ""}:
        return ModelBusy()
    return Rejected(f"OpenAI refused the request ({code}). An operator has to check the key and the model names in the settings.")


def _status_failure(error: openai.APIStatusError, reading: _Reading) -> ModelFailed:
    if error.code == "insufficient_quota":
        return Rejected(
            "The account at OpenAI has no credit left. An operator has to add some.",
            usage=reading.usage,
            request_id=error.request_id or "",
        )
    if error.code == "context_length_exceeded":
        return TooLong(request_id=error.request_id or "")
    if error.status_code == 429:
        return ModelBusy(usage=reading.usage, request_id=error.request_id or "", retry_after=after(error.response))
    return failure_of(error, reading.usage, error.request_id or reading.request_id)
