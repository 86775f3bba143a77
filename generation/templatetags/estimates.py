"""What a run will need, on the page where it is begun. That page belongs to a lower floor, which may not ask for it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django import template

from billing.rules import money
from generation.flows import estimating
from generation.rules.estimating import Estimate
from interviews.models import Interview

register = template.Library()


@register.simple_tag
def run_outlook(interview: Interview) -> estimating.Outlook:
    """The estimate of a run that would begin now, and its limits."""
    return estimating.outlook(interview)


@register.filter
def dollars_span(estimate: Estimate) -> str:
    """ "$2.90 to $11": as fine as an estimate knows it; "unpriced" where a price is not known."""
    if estimate.usd is None:
        return "unpriced"
    least, most = (_roughly(amount) for amount in estimate.usd)
    return least if least == most else f"{least} to {most}"


@register.filter
def tokens_span(estimate: Estimate) -> str:
    """ "940,000 to 2,400,000 tokens"."""
    least, most = estimate.tokens
    return f"{money.about(least):,} to {money.tokens(money.about(most))}"


def _roughly(amount: Decimal) -> str:
    if amount >= 10:
        return f"${amount.quantize(Decimal(1), ROUND_HALF_UP):,}"
    return money.dollars(amount.quantize(Decimal("0.1"), ROUND_HALF_UP) if amount >= 1 else amount)
