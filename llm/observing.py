"""What is seen of model calls from outside: spans without content, and counters.

Spans follow OpenTelemetry's conventions for generative AI (semconv 1.41, "gen_ai" client spans); they carry names of call, vendor
and model, numbers of tokens and the outcome, never a word of prompt or answer. Without an SDK in the process they cost nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from prometheus_client import Counter, Gauge, Histogram

from llm.calls import Call
from llm.models import ModelCall

CALLS = Counter("specstep_model_calls", "Model calls by their end.", ["provider", "model", "call", "outcome"])
TOKENS = Counter("specstep_model_tokens", "Tokens of model calls, as the vendors count them.", ["provider", "model", "kind"])
COST = Counter("specstep_model_cost_usd", "US dollars of model calls whose price is known.", ["provider", "model"])
UNPRICED = Counter("specstep_model_calls_unpriced", "Model calls whose price is not known.", ["provider", "model"])
ATTEMPTS = Counter("specstep_model_attempts", "Requests sent, retries and repairs included.", ["provider", "model"])
SECONDS = Histogram(
    "specstep_model_call_seconds",
    "From the first request to the end of a call.",
    ["provider", "model"],
    buckets=(0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640),
)
WAITING = Gauge(
    "specstep_model_calls_in_flight", "Model calls that are waited for just now.", ["provider"], multiprocess_mode="livesum"
)


class Seen:
    """One call as it is seen."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def ended(self, entry: ModelCall) -> None:
        """Note the end of the call, from its ledger row."""
        labels = (entry.provider, entry.model)
        CALLS.labels(*labels, entry.call, entry.outcome).inc()
        ATTEMPTS.labels(*labels).inc(entry.attempts)
        for kind, tokens in _tokens(entry).items():
            TOKENS.labels(*labels, kind).inc(tokens)
        if entry.cost_usd is None:
            UNPRICED.labels(*labels).inc()
        else:
            COST.labels(*labels).inc(float(entry.cost_usd))
        self._span.set_attributes(
            {
                "gen_ai.response.model": entry.model,
                "gen_ai.usage.input_tokens": entry.tokens_in + entry.tokens_cached + entry.tokens_cache_written,
                "gen_ai.usage.output_tokens": entry.tokens_out,
                "gen_ai.usage.cache_read.input_tokens": entry.tokens_cached,
                "gen_ai.usage.cache_creation.input_tokens": entry.tokens_cache_written,
                "specstep.outcome": entry.outcome,
                "specstep.attempts": entry.attempts,
            }
        )
        if entry.state == ModelCall.State.FAILED:
            self._span.set_attribute("error.type", entry.outcome)
            self._span.set_status(Status(StatusCode.ERROR))


def _tokens(entry: ModelCall) -> dict[str, int]:
    return {
        "input": entry.tokens_in,
        "output": entry.tokens_out,
        "cached": entry.tokens_cached,
        "cache-written": entry.tokens_cache_written,
    }


@contextmanager
def call(what: Call[Any, Any], provider: str, model: str) -> Iterator[Seen]:
    """Watch one call from its claim to its end."""
    began = time.monotonic()
    # What an exception says may quote an answer: only its kind is noted, by ``Seen.ended``.
    with (
        trace.get_tracer("specstep.llm").start_as_current_span(
            f"chat {model}",
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": provider,
                "gen_ai.request.model": model,
                "gen_ai.request.max_tokens": what.max_tokens,
                "gen_ai.output.type": "json",
                "specstep.call": what.name,
                "specstep.call.version": what.version,
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span,
        WAITING.labels(provider).track_inprogress(),
    ):
        try:
            yield Seen(span)
        finally:
            SECONDS.labels(provider, model).observe(time.monotonic() - began)
