"""Nothing waits for ever: what no bell woke is rung for again, and what a dead worker held is given on."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from generation.flows import ringing
from generation.models import Run, Step
from ground import clock, processes

RING_AGAIN_AFTER = dt.timedelta(seconds=15)
"""A bell that was rung this long ago and woke nobody counts as lost. Longer than a busy worker's queue usually is."""
AT_ONCE = 500


def sweep(*, anew: bool = False) -> int:
    """Ring for every step that may be claimed and was not rung for lately; returns how many. Safe at any time.

    ``anew`` rings also for those rung for lately: a worker that starts does not know what became of its predecessor's bells.
    """
    _let_go_of_the_dead()
    now = clock.now()
    open_runs = Step.objects.filter(run__state__in=[Run.State.WAITING, Run.State.RUNNING])
    lost_bell = Q(pk__isnull=False) if anew else Q(rung_at=None) | Q(rung_at__lte=now - RING_AGAIN_AFTER)
    due = open_runs.filter(
        (Q(state=Step.State.READY) & lost_bell & (Q(not_before=None) | Q(not_before__lte=now)))
        | Q(state=Step.State.RUNNING, lease_until__lte=now)
    )
    ids = list(due.order_by("run__created_at", "position").values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        ringing.ring_on_commit(ids)
    return len(ids)


def _let_go_of_the_dead() -> None:
    """End the leases of processes of this machine that are gone, so that a restarted worker need not wait for them."""
    held = Step.objects.filter(state=Step.State.RUNNING, lease_until__gt=clock.now())
    for pk, attempt, owner in held.values_list("pk", "attempt", "owner"):
        if processes.is_surely_dead(owner):
            Step.objects.filter(pk=pk, attempt=attempt, state=Step.State.RUNNING).update(lease_until=clock.now())
