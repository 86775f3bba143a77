"""Amounts as people write them."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def dollars(amount: Decimal | None) -> str:
    """ "$0.42", "$1,204.00", "under $0.01"; "unpriced" where the price is not known. Never 0 for something that cost."""
    if amount is None:
        return "unpriced"
    if 0 < amount < CENT / 2:
        return "under $0.01"
    return f"${amount.quantize(CENT, ROUND_HALF_UP):,}"


def tokens(count: int) -> str:
    """ "1 token", "12,400 tokens"."""
    return f"{count:,} token{'' if count == 1 else 's'}"


def about(count: int) -> int:
    """``count`` with its first two digits: 12,437 is about 12,000, as good as an estimate knows it."""
    if count < 100:
        return count
    unit: int = 10 ** (len(str(count)) - 2)
    return (count + unit // 2) // unit * unit


def share(part: int, whole: int) -> str:
    """ "85%"; empty where there is nothing to have a share of."""
    return f"{(100 * part + whole // 2) // whole}%" if whole else ""


def first_of_next_month(day: dt.date) -> dt.date:
    """The day from which a month's limit counts anew."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}
WITHOUT_CENTS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"}
)
"""Currencies whose smallest unit is the whole one (docs.stripe.com/currencies)."""


def price(amount: int, currency: str) -> str:
    """ "$29", "€29.50", "CHF 29", "JPY 2,900": from the smallest unit of the currency."""
    sign = SIGNS.get(currency, f"{currency.upper()} ")
    if currency in WITHOUT_CENTS:
        return f"{sign}{amount:,}"
    whole, cents = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{sign}{whole:,}" + (f".{cents:02}" if cents else "")
