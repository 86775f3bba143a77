"""What is known of models, and what calls cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core import checks
from pytest_django import Settings

from ground.errors import NotConfigured
from llm import gateway, pricing
from llm.errors import Usage

FILE = """
as_of: 2026-11-21
source: an agreement
models:
"""
GOOD = '  own-model: {input: "1.00", output: "2.00", cached: "0.10", cache_write: "1.50"}\n'


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        ("claude-opus-5", Usage(1_000_000, 0), "5.00"),
        ("claude-opus-5", Usage(0, 1_000_000), "25.00"),
        ("claude-opus-5", Usage(0, 0, 1_000_000, 1_000_000), "6.75"),
        ("claude-sonnet-5", Usage(1_200, 400, 30_000, 2_000), "0.0174"),
        ("claude-haiku-4-5", Usage(1, 0), "0.000001"),
        # OpenAI: what is written to the cache costs 1.25 times the price of reading it.
        ("gpt-5.6", Usage(0, 0, 0, 100_000), "0.50"),
    ],
)
def test_a_call_costs_what_the_vendor_s_page_says(model: str, usage: Usage, cost: str) -> None:
    assert pricing.cost_usd(model, usage) == Decimal(cost)


@pytest.mark.parametrize(
    ("model", "same"),
    [("claude-opus-5-20260724", "claude-opus-5"), ("gpt-5.6-2026-07-09", "gpt-5.6"), ("gpt-5.6-sol", "gpt-5.6")],
)
def test_a_dated_name_has_the_price_of_its_model(model: str, same: str) -> None:
    price = pricing.price_of(model)
    assert price is not None
    assert price == pricing.price_of(same)


def test_a_newer_model_is_not_taken_for_a_dated_older_one() -> None:
    assert pricing.price_of("claude-opus-5-5") != pricing.price_of("claude-opus-5")
    assert pricing.price_of("claude-opus-5-9") is None


def test_a_long_prompt_makes_the_whole_request_dearer() -> None:
    at, above = Usage(200_000, 1_000, 72_000), Usage(200_001, 1_000, 72_000)
    assert pricing.cost_usd("gpt-5.6", at) == Decimal("0.848800")
    assert pricing.cost_usd("gpt-5.6", above) == Decimal("1.687608")


def test_a_model_that_is_not_listed_is_unpriced_not_free() -> None:
    facts = pricing.of("somebody-s-model")
    assert (facts.price, facts.context_tokens, facts.cache_minimum) == (None, None, 0)
    assert pricing.cost_usd("somebody-s-model", Usage(1_000, 1_000)) is None
    assert pricing.estimate_usd("somebody-s-model", characters=1_000, tokens_out=1_000) is None


@pytest.mark.parametrize(
    ("model", "minimum"),
    [
        ("claude-opus-5", 512),
        ("claude-sonnet-5", 1_024),
        ("claude-opus-4-8", 1_024),
        ("claude-haiku-4-5", 4_096),
        ("gpt-5.6", 1_024),
    ],
)
def test_each_model_says_what_its_cache_keeps_at_least(model: str, minimum: int) -> None:
    assert pricing.of(model).cache_minimum == minimum


def test_an_estimate_is_never_below_what_the_same_call_can_cost() -> None:
    characters, limit = 90_000, 8_000
    estimate = pricing.estimate_usd("claude-opus-5", characters=characters, tokens_out=limit)
    dearest = Usage(tokens_out=limit + gateway.THINKING_ROOM, tokens_cache_written=characters // 3)
    assert estimate == pricing.cost_usd("claude-opus-5", dearest) == Decimal("0.787500")


def test_every_row_says_when_and_where_it_was_read(settings: Settings) -> None:
    rows = pricing.listed()
    assert {model for (_, _), model in settings.LLM_MODELS.items()} <= set(rows), "a model we ask by default is not listed"
    for row in rows.values():
        assert row.as_of is not None
        assert dt.date(2026, 1, 1) < row.as_of
        assert row.source.startswith("https://")
        assert row.price is None or row.price.cached < row.price.input <= row.price.cache_write < row.price.output


def test_an_operator_adds_and_replaces_rows(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "sovereign.yaml"
    path.write_text(FILE + GOOD + '  claude-opus-5: {input: "9.00", output: "9.50", cached: "0.90", cache_write: "9.10"}\n')
    settings.LLM_PRICES_FILE = str(path)
    assert pricing.cost_usd("own-model", Usage(1_000_000, 1_000_000)) == Decimal("3.00")
    assert pricing.cost_usd("claude-opus-5", Usage(1_000_000)) == Decimal("9.00")
    assert pricing.of("own-model").source == "an agreement"
    assert pricing.price_of("claude-sonnet-5") is not None


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("models: [", "it is not YAML"),
        ("models: {}\nas_of: 2026-11-21\nsource: x\nmore: 1\n", "exactly the keys as_of, source and models"),
        ("models: {}\nas_of: soon\nsource: x\n", "as_of is a date such as 2026-11-21"),
        (FILE + '  m: {input: "1.00"}\n', "m: output is missing. Give all four prices or none."),
        (FILE + '  m: {prize: "1.00"}\n', "m: 'prize' is not one of"),
        (FILE + "  m: [1]\n", "m: a row is a list of names and values."),
        (FILE + GOOD.replace('"1.00"', "1.00"), 'own-model: input is a number in quotes such as "2.50".'),
        (FILE + GOOD.replace('"1.00"', '"-1"'), 'own-model: input is a number in quotes such as "2.50".'),
        (FILE + GOOD.replace("}", ", context: 0}"), "own-model: context is a whole number of tokens above 0."),
        (FILE + GOOD.replace("}", ", cache_minimum: true}"), "own-model: cache_minimum is a whole number"),
        (FILE + GOOD.replace("}", ", as_of: later}"), "own-model: as_of is a date"),
        (FILE + GOOD.replace("}", ", long_prompt: {above: 5}}"), "own-model: long_prompt has exactly above, input and output."),
        (FILE + "  m: {long_prompt: {}}\n", "m: long_prompt stands only beside the four prices."),
    ],
)
def test_a_wrong_price_file_says_which_row_is_wrong(tmp_path: Path, settings: Settings, text: str, trouble: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    settings.LLM_PRICES_FILE = str(path)
    with pytest.raises(NotConfigured) as refused:
        pricing.of("claude-opus-5")
    assert trouble in str(refused.value)
    assert "wrong.yaml" in str(refused.value)
    assert refused.value.permanent


def test_a_missing_price_file_is_named(tmp_path: Path, settings: Settings) -> None:
    settings.LLM_PRICES_FILE = str(tmp_path / "gone.yaml")
    with pytest.raises(NotConfigured, match=r"gone\.yaml cannot be used: it cannot be opened"):
        pricing.of("claude-opus-5")


def test_a_wrong_price_file_stops_the_start(tmp_path: Path, settings: Settings) -> None:
    assert not [message for message in checks.run_checks() if message.id == "billing.E001"]
    path = tmp_path / "wrong.yaml"
    path.write_text("models: [")
    settings.LLM_PRICES_FILE = str(path)
    [found] = [message for message in checks.run_checks() if message.id == "billing.E001"]
    assert found.is_serious()
    assert "wrong.yaml cannot be used: it is not YAML." in found.msg
