"""Amounts and counts in templates, as people write them."""

from __future__ import annotations

from decimal import Decimal

from django import template

from billing import catalogue
from billing.rules import money
from billing.rules.plans import Plan
from billing.vendor import Invoice

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


@register.filter
def overage(plan: Plan) -> str:
    """ "$1.50": what one generation beyond the number of the plan costs."""
    return money.price(plan.overage_amount or 0, plan.currency)


@register.filter
def invoice_amount(invoice: Invoice) -> str:
    """ "$29"."""
    return money.price(invoice.amount, invoice.currency)


@register.filter
def invoice_state(state: str) -> str:
    """Stripe's word in ours."""
    return {"paid": "Paid", "open": "To be paid", "void": "Taken back", "uncollectible": "Not collected"}.get(state, state)


@register.filter
def unlocalised(number: float) -> str:
    """A number for a drawing: with a point, whatever the language of the page."""
    return f"{number:g}"


@register.simple_tag
def plans_are_sold() -> bool:
    """Whether anything is sold here; without that no page speaks of it."""
    return catalogue.is_on()
