"""Generations beyond the number of a plan that allows them become lines of the next invoice, each once."""

from __future__ import annotations

import datetime as dt
import logging

from billing import catalogue, vendor
from billing.models import CountedRun, Subscription
from ground import clock
from ground.errors import SpecStepError

log = logging.getLogger(__name__)
PATIENCE = dt.timedelta(hours=20)
"""Stripe knows a key of idempotency for 24 hours. What it did not take by then is let go: better not paid than twice."""


def charge_due() -> int:
    """Tell Stripe of every generation that is done and not on an invoice yet. How many were taken."""
    due = CountedRun.objects.filter(over=True, billed_at=None, given_back_at=None, done_at__gt=clock.now() - PATIENCE)
    taken = 0
    for row in due.select_related("period").order_by("done_at"):
        customer = Subscription.objects.filter(workspace_id=row.period.workspace_id).first()
        plan = catalogue.named(customer.plan) if customer else None
        if customer is None or plan is None or plan.overage_amount is None or not customer.known.is_live:
            continue
        try:
            vendor.add_to_next_invoice(
                customer.customer,
                customer.subscription,
                amount=plan.overage_amount,
                currency=plan.currency,
                what="One generation beyond the number of the plan",
                key=f"overage-{row.run}",
            )
        except SpecStepError as error:
            log.warning("A generation beyond a plan is not on an invoice yet (%s).", type(error).__name__)
            continue
        CountedRun.objects.filter(pk=row.pk).update(billed_at=clock.now())
        taken += 1
    return taken
