"""Numbers in facts as quantities that can be reckoned with: a value, what is counted, and per what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from generation.rules.agents.language import singular, stems
from generation.rules.agents.said import Fact

MONEY = {
    "eur": "EUR",
    "euro": "EUR",
    "€": "EUR",
    "usd": "USD",
    "dollar": "USD",
    "$": "USD",
    "gbp": "GBP",
    "pound": "GBP",
    "£": "GBP",
    "chf": "CHF",
    "franc": "CHF",
}
PERIODS = ("hour", "day", "week", "month", "year")
_PER = re.compile(
    (
        r"\b(?:a|an|per|each|every)\s+(?:[a-z]+\s+and\s+)?(hour|day|week|month|year)\b|\b(hourly|daily|"
        r"weekly|monthly|yearly|annual)\b"
    ),
    re.I,
)
_ADVERBS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year"}


@dataclass(frozen=True)
class Quantity:
    """A fact that is a number."""

    fact: str
    value: float
    noun: str
    """What is counted, in the singular ("call"); "" for money and shares."""
    currency: str
    """"EUR" for an amount of money, else ""."""
    each: str
    """The thing a price is for ("doctor"), else ""."""
    period: str
    """One of PERIODS, else ""."""
    share: bool
    """A part of something, as a fraction of 1 in ``value``."""
    words: frozenset[str]
    """The meaningful words of subject and quote, for telling what belongs together."""
    upper: bool
    """True for a limit: at most."""

    @property
    def is_rate(self) -> bool:
        return bool(self.noun and self.period and not self.currency and not self.share)


def quantities(facts: list[Fact]) -> list[Quantity]:
    """The facts that hold a number with a meaning, in order; the rest is left out."""
    return [quantity for fact in facts if (quantity := quantity_of(fact))]


def quantity_of(fact: Fact) -> Quantity | None:
    """One fact as a quantity; None when its value is no number or a date."""
    value = _number(fact["value"])
    unit = str(fact["unit"] or "").strip()
    quote = str(fact["quote"])
    if value is None or re.search(r"\b(?:date|time of day)\b", unit):
        return None
    parts = [singular(part.strip().lower()) for part in re.split(r"/|\bper\b", unit)]
    head, tail = parts[0], [part for part in parts[1:] if part]
    currency = MONEY.get(head, "")
    share = head in ("%", "percent") or unit.startswith("of ") or (isinstance(fact["value"], str) and "/" in fact["value"])
    period = next((part for part in tail if part in PERIODS), "") or ("hour" if "h" in tail else "")
    each = next((part for part in tail if part not in PERIODS and part not in ("h", "morning", "start")), "")
    if not period and (currency or not tail) and not share:
        period = _period_in(quote, fact)
    noun = "" if currency or share else head if head not in PERIODS else ""
    if share and head in ("%", "percent"):
        value = value / 100
    return Quantity(
        fact=str(fact["id"]),
        value=value,
        noun=noun,
        currency=currency,
        each=each,
        period=period,
        share=share,
        words=frozenset(stems(f"{fact['subject']} {quote}")),
        upper=fact["op"] in ("<=", "<")
        or bool(re.search(r"\b(?:at most|most|maximum|max|not more than|up to|ceiling|limit)\b", quote, re.I)),
    )


def _period_in(quote: str, fact: Fact) -> str:
    match = _PER.search(f"{quote} {str(fact['attribute']).replace('_', ' ')}")
    return (match[1] or _ADVERBS[match[2].lower()]).lower() if match else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip().replace(",", "")
    if re.fullmatch(r"\d+/\d+", text) and not text.endswith("/0"):
        return float(Fraction(text))
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None
