"""What is known of models, and what a call costs, from the dated price file and the operator's own."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from ground.errors import NotConfigured
from llm.errors import Usage

FILE = Path(__file__).with_name("prices.yaml")
MILLION = Decimal(1_000_000)
SMALLEST = Decimal("0.000001")

THINKING_ROOM = 16_000
"""Tokens beside the answer's own limit: both vendors count a model's thinking as output."""
CHARACTERS_PER_TOKEN = 3
"""For upper estimates. English has about four; the newest tokenisers and most other languages have fewer."""

_PRICES = ("input", "output", "cached", "cache_write")
_ROW = {*_PRICES, "context", "cache_minimum", "long_prompt", "as_of", "source", "note"}
_HEAD = {"as_of", "source", "models"}
_LONG = {"above", "input", "output"}
_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})\Z")
"""The end of a dated name: "claude-opus-5-20260724", "gpt-5.6-2026-07-09". "claude-opus-5-5" is another model."""
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?\Z")


@dataclass(frozen=True)
class LongPrompt:
    """From how many tokens read a request costs more, as a whole, and how many times as much."""

    above: int
    input: Decimal
    output: Decimal


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal
    cache_write: Decimal
    long_prompt: LongPrompt | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model."""

    name: str
    context_tokens: int | None
    """Prompt and answer together; None when it is not known."""
    cache_minimum: int
    """Tokens; a shorter beginning is never cached. 0 when it is not known."""
    price: Price | None
    """None: unpriced."""
    as_of: dt.date | None
    """When the row was read. None: not listed."""
    source: str
    note: str = ""


def of(model: str) -> ModelFacts:
    """What is known of ``model``, also under a dated name. Of an unlisted one nothing is known, and it is unpriced.

    Raises ``NotConfigured`` when the operator's price file cannot be used.
    """
    known = listed()
    found = known.get(model) or known.get(_DATED.sub("", model))
    return found or ModelFacts(model, None, 0, None, None, "")


def listed() -> dict[str, ModelFacts]:
    """Every listed model by name: ours, with the operator's rows added or put in place of ours."""
    own = settings.LLM_PRICES_FILE
    return _together(str(own) if own else "")


@functools.cache
def _together(own: str) -> dict[str, ModelFacts]:
    return read(FILE) | (read(Path(own)) if own else {})


def price_of(model: str) -> Price | None:
    """The price of ``model``, also under a dated name; None when it is not known."""
    return of(model).price


def cost_usd(model: str, usage: Usage) -> Decimal | None:
    """What ``usage`` costs in US dollars, to a millionth; None when the model is unpriced.

    Meant for one request. For the sum of several the result is right too, unless only together they pass the mark from which a
    model costs more; then it is too high.
    """
    price = price_of(model)
    return None if price is None else priced(price, usage)


def priced(price: Price, usage: Usage) -> Decimal:
    """What ``usage`` costs at ``price`` in US dollars, to a millionth."""
    reading = usage.tokens_in * price.input + usage.tokens_cached * price.cached + usage.tokens_cache_written * price.cache_write
    writing = usage.tokens_out * price.output
    long = price.long_prompt
    if long is not None and usage.tokens_in + usage.tokens_cached + usage.tokens_cache_written > long.above:
        reading, writing = reading * long.input, writing * long.output
    return ((reading + writing) / MILLION).quantize(SMALLEST)


def estimate_usd(model: str, *, characters: int, tokens_out: int) -> Decimal | None:
    """What one request may cost at most in US dollars; None when the model is unpriced.

    The answer is taken to use its whole limit ``tokens_out`` and all the room for thinking, and nothing to be found in the cache.
    """
    price = price_of(model)
    if price is None:
        return None
    read_tokens = -(-characters // CHARACTERS_PER_TOKEN)
    dearer = "tokens_cache_written" if price.cache_write > price.input else "tokens_in"
    usage = Usage(tokens_out=tokens_out + THINKING_ROOM, **{dearer: read_tokens})
    return priced(price, usage).quantize(SMALLEST, ROUND_UP)


# --- the file ---------------------------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, ModelFacts]:
    """The rows of a price file. Raises ``NotConfigured`` with file, row and what is wrong."""

    def refuse(what: str) -> NotConfigured:
        return NotConfigured(f"The price file {path.name} cannot be used: {what}", permanent=True)

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refuse("it cannot be opened. Check LLM_PRICES_FILE.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise refuse("it is not YAML.") from error
    if not isinstance(content, dict) or not set(content) <= _HEAD or not isinstance(content.get("models"), dict):
        raise refuse("it has exactly the keys as_of, source and models; models holds one row per model.")
    if type(content.get("as_of")) is not dt.date or not isinstance(content.get("source"), str):
        raise refuse("as_of is a date such as 2026-11-21, and source says where the prices were read.")
    found = {}
    for model, row in content["models"].items():
        try:
            found[str(model)] = _row(str(model), row or {}, content["as_of"], content["source"])
        except ValueError as error:
            raise refuse(f"{model}: {error}") from error
    return found


def _row(model: str, row: Any, as_of: dt.date, source: str) -> ModelFacts:
    if not isinstance(row, dict):
        raise ValueError("a row is a list of names and values.")
    if strange := sorted(str(key) for key in set(row) - _ROW):
        raise ValueError(f"{strange[0]!r} is not one of {', '.join(sorted(_ROW))}.")
    given = [kind for kind in _PRICES if kind in row]
    if given and len(given) < len(_PRICES):
        missing = next(kind for kind in _PRICES if kind not in row)
        raise ValueError(f"{missing} is missing. Give all four prices or none.")
    if "long_prompt" in row and not given:
        raise ValueError("long_prompt stands only beside the four prices.")
    dated = row.get("as_of", as_of)
    if type(dated) is not dt.date:
        raise ValueError("as_of is a date such as 2026-11-21.")
    price = None
    if given:
        price = Price(**{kind: _money(kind, row[kind]) for kind in _PRICES}, long_prompt=_long_prompt(row.get("long_prompt")))
    return ModelFacts(
        model,
        context_tokens=_count("context", row["context"]) if "context" in row else None,
        cache_minimum=_count("cache_minimum", row["cache_minimum"]) if "cache_minimum" in row else 0,
        price=price,
        as_of=dated,
        source=str(row.get("source", source)),
        note=str(row.get("note", "")),
    )


def _long_prompt(given: Any) -> LongPrompt | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) != _LONG:
        raise ValueError("long_prompt has exactly above, input and output.")
    return LongPrompt(
        _count("long_prompt.above", given["above"]),
        _money("long_prompt.input", given["input"]),
        _money("long_prompt.output", given["output"]),
    )


def _money(name: str, value: Any) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.match(value):
        raise ValueError(f'{name} is a number in quotes such as "2.50".')
    return Decimal(value)


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError(f"{name} is a whole number of tokens above 0.")
    return value
