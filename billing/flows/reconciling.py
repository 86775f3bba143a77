"""Nothing depends on events: every night Stripe is asked for everything, and what differs is written anew."""

from __future__ import annotations

import logging
from collections import defaultdict

from django.db.models import Q

from billing import catalogue, periods, vendor
from billing.flows import buying, overcharging, parting, synchronising, totalling
from billing.models import PlanClaim, QuotaPeriod, StripeEvent, Subscription
from billing.rules.subscriptions import Seen
from ground import clock
from ground.errors import SpecStepError

log = logging.getLogger(__name__)
EVENTS_KEPT = periods.EVENTS.length
"""Stripe tells an event again for three days and lists it for thirty (docs.stripe.com/webhooks); then its id is not needed."""
COUNTS_KEPT = periods.COUNTS.length
AT_ONCE = 200


def sweep() -> int:
    """What no bell woke: customers with events nobody looked at, accounts that are gone, places whose buyer went away.

    How many customers were looked at.
    """
    if not catalogue.is_on():
        return 0
    told = StripeEvent.objects.exclude(customer="").values("customer")
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    looked = 0
    for pk in list(Subscription.objects.filter(free, customer__in=told).values_list("pk", flat=True)[:AT_ONCE]):
        try:
            looked += synchronising.synchronise(pk)
        except SpecStepError as error:
            log.warning("A customer was not looked at (%s); the next sweep tries again.", type(error).__name__)
            break  # Stripe does not answer the next one either
    synchronising.tell_of_lapses()
    parting.carry_out_due()
    overcharging.charge_due()
    _free_places()
    return looked


def reconcile() -> int:
    """Compare every customer with Stripe and write what differs. How many differed. Raises ``vendor.StripeAway``."""
    if not catalogue.is_on():
        return 0
    seen: dict[str, list[Seen]] = defaultdict(list)
    for one in vendor.subscriptions():
        seen[one.customer].append(one)
    differing = [
        row.pk for row in Subscription.objects.exclude(customer="") if synchronising.differs(row, seen.get(row.customer, []))
    ]
    for pk in differing:
        synchronising.synchronise(pk)
    sweep()
    totalling.total_open_months()
    return len(differing)


def trim() -> None:
    """Delete ids of events, counts and sums of the books whose time is over, also where no plans are sold any more."""
    StripeEvent.objects.filter(heard_at__lt=clock.now() - EVENTS_KEPT).delete()
    QuotaPeriod.objects.filter(starts_at__lt=clock.now() - COUNTS_KEPT).delete()
    totalling.trim()


def _free_places() -> None:
    """Places that are held for somebody who has no page open any more."""
    for claim in PlanClaim.objects.filter(held_until__lt=clock.now()).select_related("workspace"):
        try:
            if buying.open_checkout_of(claim.workspace):
                continue
            # Paid in the last moment: then Stripe shows a subscription, and the place is taken.
            row = Subscription.objects.filter(workspace=claim.workspace).exclude(customer="").first()
            if row is not None and not synchronising.synchronise(row.pk):
                continue
        except SpecStepError as error:
            log.warning("A place of a plan is held longer (%s).", type(error).__name__)
            return
        PlanClaim.objects.filter(pk=claim.pk, held_until__lt=clock.now()).delete()
