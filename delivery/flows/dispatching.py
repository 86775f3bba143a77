"""Events go out to endpoints. The dispatch rows are the truth; a bell or the sweep wakes a worker.

A worker takes an endpoint's turn by a conditional update with a lease, so that one endpoint is sent to by one worker at a time.
Within the turn each dispatch is claimed by a conditional update of its own just before it is sent: what was switched off, removed
or deleted with its account by then is not. No transaction is held while we send. The result is written only where the claim is
still the worker's own. A worker that dies after the answer and before the note sends that dispatch again, with the same id.
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from delivery import periods
from delivery.events import TEST
from delivery.flows import disabling, ringing
from delivery.flows.posting import Outcome, post
from delivery.flows.slots import Slots
from delivery.models import Attempt, Dispatch, Endpoint
from delivery.rules import schedule, sentences
from delivery.rules.bodies import body
from ground import clock, crashpoints, egress, vault

AT_ONCE = 20
"""Dispatches of one turn."""
TURN_SECONDS = 15.0
"""After so long a turn ends with the dispatch that is under way, and others have theirs."""
LEASE = dt.timedelta(seconds=TURN_SECONDS + settings.WEBHOOK_SECONDS + 15)
SLOW_SECONDS = 3.0
LOOK_SECONDS = 0.1
BOTH_SIGN = periods.SECRET_BEFORE.length
"""How long the secret before a rotation signs too."""

slots = Slots(at_once=max(2, settings.CELERY_WORKER_CONCURRENCY // 2))


@dataclass
class Target:
    """An endpoint as it stood when the turn began."""

    endpoint: Endpoint
    turn: int
    webhook_secrets: tuple[str, ...]
    looked_at: float
    """When we last saw that the account is open, by ``time.monotonic``."""


def work(endpoint_id: str | uuid.UUID) -> int:
    """Send what is due to this endpoint, if nobody else does and there is room for it; returns how many were sent."""
    endpoint = Endpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        return 0
    with slots.hold(egress.host_of(endpoint.url), endpoint.pk) as held:
        sent = _turn(endpoint) if held else 0
    if held and (waiting := slots.next_in_line()):
        ringing.ring([waiting])
    return sent


def claimable() -> Q:
    """Due, or sent by a worker whose lease has ended."""
    now = clock.now()
    return Q(state=Dispatch.State.WAITING, next_try_at__lte=now) | Q(state=Dispatch.State.SENDING, lease_until__lte=now)


def may_be_sent_to() -> Q:
    """Of a dispatch: its endpoint is switched on, and the account neither closed nor being deleted (S-062, N-65)."""
    return Q(
        endpoint__state=Endpoint.State.ACTIVE,
        endpoint__workspace__owner__is_active=True,
        endpoint__workspace__owner__deletion_request=None,
    )


def _turn(endpoint: Endpoint) -> int:
    target = _begin(endpoint)
    if target is None:
        return 0
    begun, sent, may_go_on = time.monotonic(), 0, True
    for dispatch in _due(endpoint).select_related("event").order_by("next_try_at", "pk")[:AT_ONCE]:
        if not _claim(dispatch, target):
            continue
        outcome = _send(dispatch, target)
        may_go_on = _record(dispatch, target, outcome)
        sent += 1
        if not may_go_on or outcome.status is None or time.monotonic() - begun > TURN_SECONDS:
            break
    Endpoint.objects.filter(pk=endpoint.pk, turn=target.turn).update(turn_until=None)
    # Whoever was rung for while the turn was ours has left again.
    if may_go_on and _due(endpoint).exists():
        ringing.ring([endpoint.pk])
    return sent


def _due(endpoint: Endpoint) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(claimable(), may_be_sent_to(), endpoint=endpoint)


def _begin(endpoint: Endpoint) -> Target | None:
    """Take the endpoint's turn; None when it is switched off, asked us to wait, or another worker has it."""
    now = clock.now()
    free = (Q(turn_until=None) | Q(turn_until__lte=now)) & (Q(quiet_until=None) | Q(quiet_until__lte=now))
    if not Endpoint.objects.filter(free, pk=endpoint.pk, state=Endpoint.State.ACTIVE).update(
        turn=F("turn") + 1, turn_until=now + LEASE
    ):
        return None
    crashpoints.reached("webhooks.turn")
    # The secret may have been rotated since the row was read.
    endpoint = Endpoint.objects.select_related("workspace").get(pk=endpoint.pk)
    try:
        return Target(endpoint, endpoint.turn, _secrets(endpoint), looked_at=float("-inf"))
    except vault.Unreadable:
        disabling.disable(endpoint, because="unreadable")
        return None


def _secrets(endpoint: Endpoint) -> tuple[str, ...]:
    found = [vault.unseal(endpoint.sealed, purpose="webhook secret", row=endpoint.pk)]
    if endpoint.sealed_before and endpoint.rotated_at and clock.now() - endpoint.rotated_at < BOTH_SIGN:
        found.append(vault.unseal(endpoint.sealed_before, purpose="webhook secret before", row=endpoint.pk))
    return tuple(found)


def _claim(dispatch: Dispatch, target: Target) -> bool:
    """Take the dispatch, unless it has changed since it was read: sent, dropped with its endpoint, or deleted with the account.

    Small statements: one with all of ``may_be_sent_to`` costs as much processor time as sending itself.
    """
    if not _is_open(target):
        return False
    won = Dispatch.objects.filter(pk=dispatch.pk, attempts=dispatch.attempts, state=dispatch.state).update(
        state=Dispatch.State.SENDING,
        attempts=dispatch.attempts + 1,
        tries=F("tries") + 1,
        lease_until=clock.now() + LEASE,
    )
    if won:
        dispatch.attempts += 1
        dispatch.tries += 1
        crashpoints.reached("webhooks.claimed")
    return bool(won)


def _is_open(target: Target) -> bool:
    """The account is neither suspended nor being deleted. A request under way lasts longer than we rely on the last look."""
    if time.monotonic() - target.looked_at < LOOK_SECONDS:
        return True
    now = time.monotonic()
    is_open = User.objects.filter(pk=target.endpoint.workspace.owner_id, is_active=True, deletion_request=None).exists()
    target.looked_at = now if is_open else float("-inf")
    return is_open


def _send(dispatch: Dispatch, target: Target) -> Outcome:
    if dispatch.tries > _attempts_of(dispatch):  # Whoever had the last try died with it.
        return Outcome(None, sentences.LOST, 0.0)
    text = body(dispatch.event.kind, at=dispatch.event.at, data=dispatch.event.data)
    outcome = post(target.endpoint.url, webhook_id=str(dispatch.pk), body=text, webhook_secrets=target.webhook_secrets)
    slots.note(egress.host_of(target.endpoint.url), slow=outcome.status is None or outcome.seconds > SLOW_SECONDS)
    crashpoints.reached("webhooks.sent")
    return outcome


def _record(dispatch: Dispatch, target: Target, outcome: Outcome) -> bool:
    """Note the attempt, and what follows from it. Returns whether the endpoint may be sent to further."""
    now = clock.now()
    wait = None if outcome.is_taken else _wait(dispatch, outcome, now)
    mine = Dispatch.objects.filter(pk=dispatch.pk, attempts=dispatch.attempts, state=Dispatch.State.SENDING)
    with transaction.atomic():
        if not outcome.is_taken or target.endpoint.failing_since is not None:
            # The endpoint's row will be written too; whoever removes it locks it first as well.
            Endpoint.objects.select_for_update().filter(pk=target.endpoint.pk).first()
        if outcome.is_taken:
            written = mine.update(state=Dispatch.State.DELIVERED, delivered_at=now, lease_until=None)
        elif wait is not None:
            written = mine.update(state=Dispatch.State.WAITING, next_try_at=now + dt.timedelta(seconds=wait), lease_until=None)
        else:
            written = mine.update(state=Dispatch.State.FAILED, next_try_at=now, lease_until=None)
        if not written:
            return False
        Attempt.objects.create(
            dispatch=dispatch,
            at=now,
            milliseconds=int(outcome.seconds * 1000),
            status=outcome.status,
            sentence=outcome.sentence[:300],
            body=body(dispatch.event.kind, at=dispatch.event.at, data=dispatch.event.data),
            answer=outcome.answer,
        )
        may_go_on = _succeeded(target) if outcome.is_taken else _failed(target, outcome, now)
        crashpoints.reached("webhooks.before-commit")
    crashpoints.reached("webhooks.committed")
    return may_go_on


def _wait(dispatch: Dispatch, outcome: Outcome, now: dt.datetime) -> float | None:
    """Seconds until the next try; None when there is none."""
    if dispatch.tries >= _attempts_of(dispatch):
        return None
    planned = schedule.wait_after(dispatch.tries, chance=random.random())  # noqa: S311  # spreads load, guards nothing
    return None if planned is None else max(planned, schedule.wished_wait(outcome.status, outcome.retry_after, now=now))


def _attempts_of(dispatch: Dispatch) -> int:
    """A test is for somebody who looks on now: it is sent once."""
    return 1 if dispatch.event.kind == TEST else schedule.ATTEMPTS


def _succeeded(target: Target) -> bool:
    """An outage is over: what was given up in it is sent once more."""
    since = target.endpoint.failing_since
    if since is not None:
        Endpoint.objects.filter(pk=target.endpoint.pk).update(failing_since=None)
        missed = Dispatch.objects.filter(
            endpoint=target.endpoint, state=Dispatch.State.FAILED, recovered=False, next_try_at__gte=since
        ).exclude(event__kind=TEST)
        if missed.update(state=Dispatch.State.WAITING, tries=0, next_try_at=clock.now(), recovered=True):
            ringing.ring_on_commit([target.endpoint.pk])
        target.endpoint.failing_since = None
    return True


def _failed(target: Target, outcome: Outcome, now: dt.datetime) -> bool:
    endpoint = target.endpoint
    if outcome.status == 410:
        disabling.disable(endpoint, because="gone")
        return False
    if schedule.is_given_up(endpoint.failing_since, now=now):
        disabling.disable(endpoint, because="failing")
        return False
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        Endpoint.objects.filter(pk=endpoint.pk, failing_since=None).update(failing_since=now)
    if wish := schedule.wished_wait(outcome.status, outcome.retry_after, now=now):
        Endpoint.objects.filter(pk=endpoint.pk).update(quiet_until=now + dt.timedelta(seconds=wish))
        return False
    return True
