"""A run with documents that are longer than the model's window, through the gateway and over the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.purses import UnmeteredPurse
from generation.calls.vision import VISION
from generation.rules.content import Evidence, VisionInput
from llm import gateway
from llm.errors import TooLong
from llm.models import ModelCall
from tests.wire_stub import WireStub

CLINIC = Path(__file__).parent.parent / "data" / "evidence_clinic.json"
SMALL = {"anthropic": "claude-haiku-4-5", "openai": "gpt-5.4"}
"""Windows of 200,000 and 272,000 tokens."""
pytestmark = pytest.mark.parametrize("provider", ["anthropic", "openai"])


@pytest.fixture
def purse(alice: User) -> UnmeteredPurse:
    return UnmeteredPurse(alice.workspace.pk)


@pytest.fixture
def heavy() -> VisionInput:
    """The clinic with a document of 1.6 million characters, of which facts quote a few lines."""
    evidence = Evidence.model_validate_json(CLINIC.read_text("utf-8"))
    padding = "\n\n".join(f"Appendix {number}. " + "The form is filled in twice and filed. " * 20 for number in range(1_000))
    evidence.sources[0]["text"] = f"{padding}\n\n{evidence.sources[0]['text']}\n\n{padding}"
    return VisionInput(evidence=evidence)


def all_quoted(heavy: VisionInput, raw: str) -> bool:
    quotes = [str(fact["quote"]) for fact in heavy.evidence.facts if fact["source"] == "S-01"]
    assert len(quotes) > 3
    return all(json.dumps(quote, ensure_ascii=False)[1:-1] in raw for quote in quotes)


def material(body: dict[str, object]) -> str:
    """All texts of a request as the model reads them."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "text" and isinstance(inner, str):
                    found.append(inner)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(body)
    return "\n".join(found)


def test_what_does_not_fit_is_left_out_before_it_is_sent(
    wire_stub: WireStub, heavy: VisionInput, purse: UnmeteredPurse, settings: Settings, provider: str
) -> None:
    settings.LLM_MODELS = {**settings.LLM_MODELS, (provider, "judgement"): SMALL[provider]}
    wire_stub.set(context_tokens=272_000)
    gateway.ask(VISION, heavy, purse=purse, provider=provider)
    assert len(wire_stub.seen) == 1
    sent = material(wire_stub.seen[0].body)
    assert len(sent) < 700_000
    assert all_quoted(heavy, sent)
    assert "passages left out here]" in sent
    dropped = ModelCall.objects.get().dropped
    assert 1_000 < dropped <= 2_000
    assert sent.count("Appendix ") == 2_000 - dropped


def test_what_the_vendor_finds_too_long_gets_lighter(
    wire_stub: WireStub, heavy: VisionInput, purse: UnmeteredPurse, provider: str
) -> None:
    wire_stub.faults = ["too-long", "too-long"]
    gateway.ask(VISION, heavy, purse=purse, provider=provider)
    first, second, third = (material(seen.body) for seen in wire_stub.seen)
    assert len(first) > len(second) > len(third)
    assert all_quoted(heavy, third)
    assert first.count("Appendix ") == 2_000
    assert ModelCall.objects.get().dropped == 2_000 - third.count("Appendix ")


def test_when_nothing_may_be_dropped_any_more_it_says_so(
    wire_stub: WireStub, heavy: VisionInput, purse: UnmeteredPurse, settings: Settings, provider: str
) -> None:
    settings.LLM_MODELS = {**settings.LLM_MODELS, (provider, "judgement"): SMALL[provider]}
    heavy.evidence.answers[0]["text"] = "Nothing of what an owner says is ever dropped. " * 20_000
    with pytest.raises(TooLong, match="longer than the model can read at once"):
        gateway.ask(VISION, heavy, purse=purse, provider=provider)
    assert wire_stub.seen == []
