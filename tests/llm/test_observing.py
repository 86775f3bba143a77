"""What is seen of model calls from outside: spans and counters, and never a word of what was asked or answered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY
from pytest_django import Settings

from llm import gateway
from llm.adapters import scripted
from llm.calls import Call
from llm.errors import ModelRefused
from tests.llm.clerk.calls import Letter, Quote, Sorted
from tests.llm.conftest import RememberingPurse
from tests.wire_stub import TOKENS, WireStub

pytestmark = pytest.mark.django_db
Sort = Call[Letter, Sorted]
GOOD = Sorted(tray="complaints", urgency=4, quotes=[Quote(words="I am angry")], reply="A quince in the answer.")


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """One for the process: OpenTelemetry takes a provider once."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    return kept


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    exporter.clear()
    yield exporter
    exporter.clear()


def test_a_span_names_call_vendor_and_tokens_and_holds_no_content(
    spans: InMemorySpanExporter,
    wire_stub: WireStub,
    sort: Sort,
    letter: Letter,
    purse: RememberingPurse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The vendor's own kit would write prompts into spans of its own when it is told so.
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content")
    gateway.ask(sort, letter, purse=purse, provider="anthropic")
    [span] = spans.get_finished_spans()
    held = dict(span.attributes or {})
    assert span.name == "chat claude-sonnet-5"
    assert (held["gen_ai.operation.name"], held["gen_ai.provider.name"]) == ("chat", "anthropic")
    assert (held["specstep.call"], held["specstep.outcome"], held["specstep.attempts"]) == ("clerk.sort", "answered", 1)
    assert held["gen_ai.usage.input_tokens"] == TOKENS["in"] + TOKENS["cached"]
    assert held["gen_ai.usage.output_tokens"] == TOKENS["out"]
    assert not span.events
    written = span.to_json()
    assert not any("traceparent" in seen.headers for seen in wire_stub.seen)
    for word in (letter.sender, "angry", "chairs", str(purse.workspace_id)):
        assert word not in written


def test_a_span_of_a_failed_call_says_how_it_failed_and_quotes_nothing(
    spans: InMemorySpanExporter, sort: Sort, letter: Letter, purse: RememberingPurse
) -> None:
    with scripted.replies({"clerk.sort": ModelRefused("The quince was refused.")}), pytest.raises(ModelRefused):
        gateway.ask(sort, letter, purse=purse, provider="scripted")
    [span] = spans.get_finished_spans()
    assert dict(span.attributes or {})["error.type"] == "refused"
    assert span.status.status_code.name == "ERROR"
    assert "quince" not in span.to_json()


def test_calls_and_tokens_are_counted(sort: Sort, letter: Letter, purse: RememberingPurse) -> None:
    def counted(outcome: str) -> float:
        labels = {"provider": "scripted", "model": "scripted", "call": "clerk.sort", "outcome": outcome}
        return REGISTRY.get_sample_value("specstep_model_calls_total", labels) or 0.0

    before = counted("answered"), counted("refused")
    with scripted.replies({"clerk.sort": [GOOD, ModelRefused()]}):
        gateway.ask(sort, letter, purse=purse, provider="scripted")
        with pytest.raises(ModelRefused):
            gateway.ask(sort, letter, purse=purse, provider="scripted")
    assert (counted("answered") - before[0], counted("refused") - before[1]) == (1.0, 1.0)


def test_there_are_no_metrics_without_their_token(client: Client, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "m" * 20
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "n" * 20}).status_code == 404


PROGRAM = """
import sys
import django; django.setup()
from llm import observing
from prometheus_client import generate_latest
if sys.argv[1] == "worker":
    observing.CALLS.labels("anthropic", "claude-opus-5", "generation.vision", "answered").inc(3)
else:
    from django.test import Client
    print(Client().get("/metrics", headers={"Authorization": "Bearer " + "m" * 20}).content.decode())
"""


def test_the_web_process_shows_what_the_workers_counted(tmp_path: Path) -> None:
    ours = {"SPECSTEP_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "specstep.settings", "METRICS_TOKEN": "m" * 20}
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | ours | {"PYTHONPATH": "."}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", PROGRAM, "worker"], env=env, check=True, timeout=60)
    done = subprocess.run([sys.executable, "-c", PROGRAM, "web"], env=env, check=True, timeout=60, capture_output=True, text=True)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("specstep_model_calls_total{")]
    assert line.endswith(" 6.0")
    assert 'outcome="answered"' in line
