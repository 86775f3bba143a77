"""The row of a customer is one process's at a time while it talks with Stripe.

A lock of the database would be held for as long as Stripe takes to answer, and on a laptop it would stop every other writer. So
the row carries a lease and a turn: who holds the lease may write what it saw, and only if nobody had a later turn (ADR 0020).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F, Q

from billing.models import Subscription
from ground import clock

LEASE = dt.timedelta(minutes=3)
"""Longer than all calls that are made under it may take together."""


@contextmanager
def leased(pk: uuid.UUID) -> Iterator[Subscription | None]:
    """The row, held for the length of the block; None when another process holds it, or it is gone."""
    now = clock.now()
    free = Subscription.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    if not free.update(turn=F("turn") + 1, lease_until=now + LEASE):
        yield None
        return
    row = Subscription.objects.select_related("workspace__owner").filter(pk=pk).first()
    try:
        yield row
    finally:
        if row is not None:
            Subscription.objects.filter(pk=pk, turn=row.turn).update(lease_until=None)


def still_mine(row: Subscription) -> Subscription | None:
    """The row, locked in this transaction, if nobody had a later turn; it may be gone meanwhile."""
    return Subscription.objects.select_for_update().filter(pk=row.pk, turn=row.turn).first()
