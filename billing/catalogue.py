"""The plans of this service, from the one table (``plans.yaml``), and the prices at Stripe that lead to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from billing.rules import plans
from billing.rules.plans import Plan, Table
from ground.errors import NotConfigured

FILE = Path(__file__).with_name("plans.yaml")


def is_on() -> bool:
    """Whether anything is sold here: only with a key of Stripe."""
    return bool(settings.STRIPE_SECRET_KEY)


def table() -> Table:
    """All plans. Raises ``NotConfigured`` with plan and word where the table cannot be used."""
    return _read(settings.PLANS_FILE or str(FILE))


def default_plan() -> Plan:
    """What holds for who has no subscription."""
    return table().without_subscription if is_on() else table().without_billing


def offered() -> list[Plan]:
    """What the pricing page shows, in the order of the table: the plan without a subscription, and those that can be bought."""
    known = table()
    return [plan for plan in known.plans.values() if plan == known.without_subscription or price_of(plan)]


def price_of(plan: Plan) -> str:
    """The id of the plan's price at Stripe; empty where the setting that the table names is not set."""
    return settings.STRIPE_PRICES.get(plan.price, "") if plan.price else ""


def plan_of_price(price: str) -> Plan | None:
    """The plan that a price at Stripe gives, also one that is sold no more; None for a price that is not of the table."""
    for plan in table().plans.values():
        if price and price in {settings.STRIPE_PRICES.get(name) for name in (plan.price, *plan.former_prices) if name}:
            return plan
    return None


def named(key: str) -> Plan | None:
    """The plan of that name; None where there is none any more."""
    return table().plans.get(key)


@cache
def _read(path: str) -> Table:
    try:
        return plans.read(yaml.safe_load(Path(path).read_text()))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, plans.Misread) as error:
        raise NotConfigured(f"The table of plans ({Path(path).name}) cannot be used: {error}") from error
