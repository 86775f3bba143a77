"""Amounts and counts in templates, as people write them."""

from __future__ import annotations

from decimal import Decimal

from django import template

from billing.rules import money

register = template.Library()


@register.filter
def dollars(amount: Decimal | None) -> str:
    """ "$0.42"; "unpriced" where the price is not known."""
    return money.dollars(amount)


@register.filter
def tokens(count: int) -> str:
    """ "12,400 tokens"."""
    return money.tokens(count)


@register.filter
def counted(count: int) -> str:
    """ "12,400"."""
    return f"{count:,}"
