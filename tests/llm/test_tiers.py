"""Which model of which vendor a call is asked of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from generation.calls.prose import PROSE
from generation.calls.reviews import REVIEWS
from generation.calls.vision import VISION
from interviews.calls import NOTE_FACTS
from llm.calls import Call, registered
from llm.tiers import model_for, provider_of

REVIEW = REVIEWS["tester"]
BOTH = {"anthropic", "openai"}
ROOT = Path(__file__).parents[2]


def models_with(**variables: str) -> dict[str, str]:
    """The models of a process with these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLM_")}
    kept["DJANGO_SETTINGS_MODULE"] = "specstep.settings"
    program = (
        "import json, django; django.setup(); from django.conf import settings;"
        "print(json.dumps({f'{vendor} {tier}': name for (vendor, tier), name in settings.LLM_MODELS.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=kept | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_each_tier_of_each_vendor_names_a_model(provider: str, settings: Settings) -> None:
    settings.LLM_MODELS = {(provider, "judgement"): "wise", (provider, "balanced"): "fair", (provider, "quick"): "fast"}
    assert model_for(VISION, provider) == "wise"
    assert model_for(PROSE, provider) == "fair"


@pytest.mark.parametrize("provider", ["scripted", "offline"])
def test_what_has_no_models_answers_under_its_own_name(provider: str) -> None:
    assert model_for(VISION, provider) == provider
    assert provider_of(REVIEW, provider, own=False, configured=BOTH) == provider


def test_only_reviews_are_reviewers() -> None:
    assert {call.name for call in registered() if call.reviewer} == {call.name for call in REVIEWS.values()}


@pytest.mark.parametrize("call", [VISION, PROSE, NOTE_FACTS], ids=lambda call: call.name)
def test_what_is_no_review_stays_with_the_vendor_of_the_run(call: Call, settings: Settings) -> None:  # type: ignore[type-arg]
    settings.LLM_REVIEW_PROVIDER = "other"
    assert provider_of(call, "anthropic", own=False, configured=BOTH) == "anthropic"


@pytest.mark.parametrize(
    ("setting", "provider", "configured", "reviewer"),
    [
        ("", "anthropic", BOTH, "anthropic"),
        ("other", "anthropic", BOTH, "openai"),
        ("other", "openai", BOTH, "anthropic"),
        ("other", "anthropic", {"anthropic"}, "anthropic"),
        ("openai", "openai", BOTH, "openai"),
        ("openai", "anthropic", BOTH, "openai"),
        ("anthropic", "openai", {"openai"}, "openai"),
    ],
)
def test_a_review_is_asked_where_the_setting_says_and_a_key_is(
    settings: Settings, setting: str, provider: str, configured: set[str], reviewer: str
) -> None:
    settings.LLM_REVIEW_PROVIDER = setting
    assert provider_of(REVIEW, provider, own=False, configured=configured) == reviewer


@pytest.mark.promise("S-068")
@pytest.mark.parametrize("setting", ["", "other", "anthropic"])
def test_with_one_own_key_nothing_goes_to_the_other_vendor(settings: Settings, setting: str) -> None:
    settings.LLM_REVIEW_PROVIDER = setting
    assert provider_of(REVIEW, "openai", own=True, configured={"openai"}) == "openai"
    assert provider_of(REVIEW, "anthropic", own=True, configured={"openai"}) == "openai"
    assert provider_of(PROSE, "anthropic", own=True, configured={"openai"}) == "openai"


def test_a_name_without_a_vendor_belongs_to_the_first_vendor_alone() -> None:
    """So that failover never asks one vendor for a model of the other."""
    models = models_with(LLM_PROVIDER="anthropic", LLM_MODEL_JUDGEMENT="claude-of-ours", LLM_MODEL_OPENAI_QUICK="gpt-of-ours")
    assert models["anthropic judgement"] == "claude-of-ours"
    assert models["openai judgement"] != "claude-of-ours"
    assert models["openai quick"] == "gpt-of-ours"
    assert models["anthropic quick"] != "gpt-of-ours"


def test_the_name_with_a_vendor_wins() -> None:
    models = models_with(LLM_PROVIDER="openai", LLM_MODEL_BALANCED="one", LLM_MODEL_OPENAI_BALANCED="two")
    assert models["openai balanced"] == "two"
