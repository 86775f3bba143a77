"""Which plan a workspace has at this moment, and until when its count runs."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from billing import catalogue
from billing.models import Subscription
from billing.rules import periods, subscriptions
from billing.rules.periods import Period
from billing.rules.plans import Plan
from billing.rules.subscriptions import Standing
from ground import clock


@dataclass(frozen=True)
class Entitlement:
    """What a workspace may use now."""

    plan: Plan
    period: Period
    standing: Standing
    bought: Plan | None = None
    """The plan of the subscription, also where it gives nothing at the moment."""
    subscription: Subscription | None = None
    grace_until: dt.datetime | None = None
    """Set while a payment failed: so long the plan goes on."""


def entitlement_of(workspace_id: uuid.UUID) -> Entitlement:
    """Read from our rows alone: nobody waits for Stripe to begin something."""
    now = clock.now()
    row = Subscription.objects.filter(workspace_id=workspace_id).first() if catalogue.is_on() else None
    default = Entitlement(catalogue.default_plan(), periods.calendar_month(now), Standing.NONE, subscription=row)
    if row is None:
        return default
    grace = catalogue.table().grace
    standing = subscriptions.standing(row.state, failed_since=row.failed_since, grace=grace, now=now)
    bought = catalogue.named(row.plan)
    until = row.failed_since + grace if row.failed_since and row.state in subscriptions.FAILING else None
    if bought is None or not standing.gives_the_plan or row.period_start is None or row.period_end is None:
        return Entitlement(default.plan, default.period, standing, bought, row, until)
    return Entitlement(bought, periods.within(now, row.period_start, row.period_end), standing, bought, row, until)
