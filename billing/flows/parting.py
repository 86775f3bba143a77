"""An account is deleted: its customer pays no more, and nothing here leads to the customer any longer.

The order stands in the transaction that closes the account, outside of everything that is deleted with it. It is carried out
until Stripe has answered, and is gone then. Stripe keeps its invoices, as the law asks (N-30).
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from kombu.exceptions import KombuError, OperationalError

from accounts.models import User
from billing import catalogue, vendor
from billing.models import Parting, StripeEvent, Subscription
from ground import clock, vault
from ground.errors import SpecStepError

log = logging.getLogger(__name__)
PURPOSE = "customer of a deleted account"
LEASE = dt.timedelta(minutes=3)
LONGEST_WAIT = dt.timedelta(hours=1)


def part(user: User) -> None:
    """Note that the customers of this person are to be ended, inside the transaction that closes the account."""
    for row in Subscription.objects.filter(workspace__owner=user).exclude(customer=""):
        part_from(row.customer)


def part_from(customer: str) -> None:
    """Note that this customer of Stripe's is to be ended."""
    order = Parting()
    order.sealed = vault.seal(customer, purpose=PURPOSE, row=order.pk)
    order.save(force_insert=True)
    transaction.on_commit(partial(_ring, order.pk))


def forget(user: User) -> None:
    """Events that were not looked at name the customer: that goes with the account."""
    customers = Subscription.objects.filter(workspace__owner=user).exclude(customer="").values_list("customer", flat=True)
    StripeEvent.objects.filter(customer__in=list(customers)).update(customer="")


def carry_out(pk: str | uuid.UUID) -> bool:
    """End everything that the customer still pays for. False when another process is at it, or Stripe did not answer."""
    now = clock.now()
    free = Parting.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    if not free.update(lease_until=now + LEASE, tries=F("tries") + 1):
        return False
    order = Parting.objects.get(pk=pk)
    try:
        customer = vault.unseal(order.sealed, purpose=PURPOSE, row=order.pk)
        # Pages first: what is paid on one of them after this look is seen by the next line.
        for page in vendor.open_pages(customer):
            vendor.close_page(page.id)
        for one in vendor.subscriptions_of(customer):
            if not one.is_over:
                vendor.cancel(one.id)
    except SpecStepError as error:
        wait = min(LONGEST_WAIT, dt.timedelta(seconds=30) * 2 ** min(order.tries, 10))
        Parting.objects.filter(pk=pk).update(lease_until=clock.now() + wait)
        log.warning("The subscription of a deleted account is not ended yet (%s, try %s).", type(error).__name__, order.tries)
        return False
    order.delete()
    return True


def carry_out_due() -> int:
    """All that nobody is at. How many were ended."""
    if not catalogue.is_on():
        return 0
    due = Parting.objects.filter(Q(lease_until=None) | Q(lease_until__lte=clock.now())).values_list("pk", flat=True)
    return sum(carry_out(pk) for pk in list(due))


def _ring(pk: uuid.UUID) -> None:
    task = current_app.tasks.get("billing.part")
    try:
        if task is not None:
            task.apply_async(args=(str(pk),))
        else:
            current_app.send_task("billing.part", args=(str(pk),))
    except (OperationalError, KombuError, OSError) as error:
        log.warning("The broker did not take the bell for a deleted account's subscription: %s", error)
