"""What a call costs, from the dated price file."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from llm.errors import Usage

FILE = Path(__file__).with_name("prices.yaml")
MILLION = Decimal(1_000_000)
SMALLEST = Decimal("0.000001")


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal
    cache_write: Decimal


@functools.cache
def _prices() -> dict[str, Price]:
    rows: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["models"]
    return {model: Price(**{kind: Decimal(value) for kind, value in row.items()}) for model, row in rows.items() if row}


def price_of(model: str) -> Price | None:
    """The price of ``model``, also under a dated name ("claude-opus-5-20260724"); None when it is not known."""
    prices = _prices()
    fitting = [
        name
        for name in prices
        if model == name or (model.startswith(f"{name}-") and model[len(name) + 1 :].replace("-", "").isdigit())
    ]
    return prices[max(fitting, key=len)] if fitting else None


def cost_usd(model: str, usage: Usage) -> Decimal | None:
    """What ``usage`` costs in US dollars, to a millionth; None when the model is unpriced."""
    price = price_of(model)
    if price is None:
        return None
    total = (
        usage.tokens_in * price.input
        + usage.tokens_out * price.output
        + usage.tokens_cached * price.cached
        + usage.tokens_cache_written * price.cache_write
    ) / MILLION
    return total.quantize(SMALLEST)


def estimate_usd(model: str, *, characters: int, tokens_out: int) -> Decimal:
    """An upper estimate before a call: four characters are about a token, the answer uses its whole limit. 0 when unpriced."""
    return cost_usd(model, Usage(tokens_in=characters // 4, tokens_out=tokens_out)) or Decimal(0)
