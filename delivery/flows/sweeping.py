"""Nothing waits for ever: what no bell woke is rung for again, what may not be sent is dropped, old entries of the log go."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from delivery import periods
from delivery.flows import dispatching, ringing
from delivery.models import Attempt, Dispatch, Endpoint, Event
from ground import clock

KEPT = periods.WEBHOOK_LOG.length
AT_ONCE = 200
OPEN = (Dispatch.State.WAITING, Dispatch.State.SENDING)


def sweep_webhooks() -> int:
    """Ring for every endpoint that has something due and is not being sent to; returns how many. Safe at any time."""
    _drop()
    _forget_secrets()
    now = clock.now()
    due = Dispatch.objects.filter(dispatching.claimable(), dispatching.may_be_sent_to(), endpoint=OuterRef("pk"))
    idle = (Q(turn_until=None) | Q(turn_until__lte=now)) & (Q(quiet_until=None) | Q(quiet_until__lte=now))
    ids = list(Endpoint.objects.filter(idle, Exists(due)).order_by("turn_until", "pk").values_list("pk", flat=True)[:AT_ONCE])
    ringing.ring(ids)
    return len(ids)


def trim_webhook_log() -> int:
    """Delete attempts and dispatches older than 30 days, and events that no dispatch names any more. How many rows went."""
    before = clock.now() - KEPT
    attempts, _ = Attempt.objects.filter(at__lt=before).delete()
    # One that was sent again later stays for as long as that is in the log.
    dispatches, _ = Dispatch.objects.filter(created_at__lt=before, log=None).exclude(state__in=OPEN).delete()
    events, _ = Event.objects.filter(at__lt=before, dispatches=None).delete()
    return attempts + dispatches + events


def _forget_secrets() -> None:
    """The secret before signs no more once 24 hours are over, so nothing of it is kept."""
    over = Endpoint.objects.filter(rotated_at__lte=clock.now() - dispatching.BOTH_SIGN).exclude(sealed_before="")
    over.update(sealed_before="")


def _drop() -> None:
    """Of endpoints that were switched off and accounts that were closed: also what was under way when that happened."""
    now = clock.now()
    left = Q(state=Dispatch.State.WAITING) | Q(state=Dispatch.State.SENDING, lease_until__lte=now)
    Dispatch.objects.filter(left).exclude(dispatching.may_be_sent_to()).update(state=Dispatch.State.DROPPED, lease_until=None)
