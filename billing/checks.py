"""What is looked at when a process starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from billing import catalogue
from ground.errors import NotConfigured
from llm import pricing

MOST_SECRETS = 2


def price_files(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """A price file that cannot be read stops a start, and not the first call of somebody's run."""
    try:
        pricing.listed()
    except NotConfigured as error:
        return [checks.Error(str(error), id="billing.E001")]
    return []


def plans_are_sold_rightly(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """A table of plans that cannot be read stops a start, and so does a shop that would not hear of what it sold."""
    try:
        table = catalogue.table()
    except NotConfigured as error:
        return [checks.Error(str(error), id="billing.E002")]
    if not catalogue.is_on():
        return []
    found: list[checks.CheckMessage] = []
    if not 1 <= len(settings.STRIPE_WEBHOOK_SECRETS) <= MOST_SECRETS or not all(settings.STRIPE_WEBHOOK_SECRETS):
        hint = "Name the signing secret of the endpoint SITE_URL/hooks/stripe/, and a second one only while it is replaced."
        found.append(checks.Error("STRIPE_WEBHOOK_SECRETS has to name one or two secrets.", hint=hint, id="billing.E003"))
    if not any(catalogue.price_of(plan) for plan in table.plans.values()):
        names = ", ".join(plan.price for plan in table.plans.values() if plan.is_paid)
        hint = f"Set one of {names} to the id of a price at Stripe." if names else "Add a plan with a price to the table."
        found.append(checks.Warning("STRIPE_SECRET_KEY is set, but no plan has a price.", hint=hint, id="billing.W001"))
    return found
