"""The calls of the product over the wire of both vendors: a structured answer comes back equal to the agent's."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from generation.rules.content import Evidence, VisionInput, VisionPart
from llm import gateway
from llm.calls import registered
from llm.models import ModelCall
from llm.redaction import redact
from tests.llm.conftest import RememberingPurse
from tests.wire_stub import WireStub

CLINIC = Path(__file__).parents[1] / "generation" / "data" / "evidence_clinic.json"


@pytest.fixture(scope="module")
def clinic() -> Evidence:
    return Evidence.model_validate_json(CLINIC.read_text(encoding="utf-8"))


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_the_vision_of_a_whole_interview_comes_back_over_the_wire(
    wire_stub: WireStub, clinic: Evidence, purse: RememberingPurse, provider: str
) -> None:
    [vision] = [call for call in registered() if call.name == "generation.vision"]
    data = VisionInput(evidence=clinic)
    answer = gateway.ask(vision, data, purse=purse, provider=provider)
    assert isinstance(answer, VisionPart)
    assert answer == vision.offline(data)
    entry = ModelCall.objects.get()
    assert (entry.outcome, entry.redactions.count()) == ("answered", 0)


def test_an_interview_without_secrets_stays_as_it_is(clinic: Evidence) -> None:
    """False alarms in real answers would break quotes; the search must also be quick enough for every call."""

    def strings(data: Any) -> list[str]:
        if isinstance(data, str):
            return [data]
        inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        return [text for part in inner for text in strings(part)]

    start = time.process_time()
    for text in [*strings(clinic.model_dump(mode="json")), json.dumps(clinic.model_dump(mode="json"), ensure_ascii=False)]:
        assert redact(text) == (text, {})
    assert time.process_time() - start < 5
