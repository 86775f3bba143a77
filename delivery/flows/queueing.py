"""Which packages wait for which channels: made when a run is done, asked for by hand, called off when they are not wanted."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from kombu.exceptions import KombuError, OperationalError

from accounts.models import DeletionRequest
from delivery.models import Channel, Delivery
from generation.models import Package, Run
from ground import clock, crashpoints
from ground.errors import Conflict

log = logging.getLogger(__name__)
RING_AGAIN_AFTER = dt.timedelta(seconds=30)
"""A bell that was rung this long ago and woke nobody counts as lost."""
AT_ONCE = 500

State = Delivery.State
PAUSED = "The channel is paused, so this was not sent. Resume it and send it again."
STOPPED = "The channel is stopped by a fault, so this was not sent. Its page says what to do."
DRAFT = "The channel waits for your look at what it would send. Nothing is sent before."
NO_ACCOUNT = "The account is closed, so nothing is sent any more."


def fan_out(run: Run) -> list[Delivery]:
    """One delivery for each channel that wants this run's package; called inside the transaction that ends the run."""
    if run.state != Run.State.DONE:
        return []
    package = Package.objects.filter(run=run).defer("model").first()
    if package is None:
        return []
    # Locked, so that a channel that is removed at this moment is left out and does not undo the end of the run.
    channels = wanting(package).select_for_update(of=("self",)).order_by("pk")
    return [_queue(channel, package, by_hand=False) for channel in channels if not not_wanted(channel)]


def wanting(package: Package) -> QuerySet[Channel]:
    """Active channels of the workspace or of this project."""
    of_project = Q(interview=None) | Q(interview_id=package.project)
    active = Channel.objects.filter(of_project, workspace_id=package.workspace_id, state=Channel.State.ACTIVE)
    found: QuerySet[Channel] = active.select_related("workspace__owner")
    return found


def deliver_now(channel: Channel, package: Package) -> Delivery:
    """Send this package there, also when it is an older one or was sent before.

    Raises ``Conflict`` when the channel does not deliver, the package is on its way, or a newer one of the project waits.
    """
    with transaction.atomic():
        locked = Channel.objects.select_for_update(of=("self",)).select_related("workspace__owner").filter(pk=channel.pk).first()
        if locked is None:
            raise Conflict("This channel was removed.")
        if reason := not_wanted(locked):
            raise Conflict(reason)
        if locked.interview_id not in (None, package.project):
            raise Conflict("This channel delivers the packages of another project.")
        of_project = locked.deliveries.filter(package__project=package.project)
        if of_project.filter(package=package, state=State.SENDING).exists():
            raise Conflict("This package is on its way already.")
        if of_project.filter(state=State.WAITING, package__number__gt=package.number).exists():
            raise Conflict("A newer package of this project waits for this channel. Send the older one after it.")
        return _queue(locked, package, by_hand=True)


def not_wanted(channel: Channel) -> str:
    """Why nothing is sent to this channel, in a sentence; empty when it delivers."""
    owner = channel.workspace.owner
    if not owner.is_active or DeletionRequest.objects.filter(user=owner).exists():
        return NO_ACCOUNT
    return {Channel.State.PAUSED.value: PAUSED, Channel.State.BROKEN.value: STOPPED, Channel.State.DRAFT.value: DRAFT}.get(
        channel.state, ""
    )


def newer(delivery: Delivery) -> Delivery | None:
    """The delivery of the newest package of the same project that overtakes this one, unless a person asked for it."""
    if delivery.by_hand:
        return None
    of_project = Delivery.objects.filter(
        channel_id=delivery.channel_id,
        package__project=delivery.package.project,
        package__number__gt=delivery.package.number,
        state__in=[State.WAITING, State.SENDING, State.SENT],
    )
    return of_project.select_related("package").order_by("-package__number").first()


def superseded(number: int) -> str:
    return f"Package {number} is newer and is delivered instead."


def cancel(deliveries: QuerySet[Delivery], reason: str) -> int:
    """Call off those that wait; what is on its way comes to its end."""
    return deliveries.filter(state=State.WAITING).update(
        state=State.CANCELLED, trouble=reason, next_try_at=None, lease_until=None
    )


def sweep() -> int:
    """Ring for every delivery that is due and was not rung for lately. Safe at any time."""
    now = clock.now()
    lost_bell = Q(rung_at=None) | Q(rung_at__lte=now - RING_AGAIN_AFTER)
    due = Delivery.objects.filter(claimable() & lost_bell).order_by("created_at")
    ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        ring_on_commit(ids)
    return len(ids)


def claimable() -> Q:
    """Waiting and due, or held by a worker whose lease has ended."""
    now = clock.now()
    return Q(state=State.WAITING, next_try_at__lte=now) | Q(state=State.SENDING, lease_until__lte=now)


def ring_on_commit(deliveries: Iterable[uuid.UUID]) -> None:
    """Wake a worker for these once the transaction stands."""
    ids = list(deliveries)
    if ids:
        Delivery.objects.filter(pk__in=ids).update(rung_at=clock.now())
        transaction.on_commit(partial(_ring, ids))


def _queue(channel: Channel, package: Package, *, by_hand: bool) -> Delivery:
    earlier = channel.deliveries.filter(package__project=package.project, package__number__lt=package.number)
    cancel(earlier, superseded(package.number))
    delivery, made = Delivery.objects.get_or_create(
        channel=channel,
        package=package,
        defaults={"workspace_id": channel.workspace_id, "next_try_at": clock.now(), "by_hand": by_hand},
    )
    if not made:
        delivery.state, delivery.tries, delivery.by_hand = State.WAITING, 0, by_hand
        delivery.next_try_at, delivery.lease_until, delivery.trouble = clock.now(), None, ""
        delivery.save(update_fields=["state", "tries", "by_hand", "next_try_at", "lease_until", "trouble"])
    ring_on_commit([delivery.pk])
    return delivery


def _ring(ids: list[uuid.UUID]) -> None:
    crashpoints.reached("delivery.bell")
    task = current_app.tasks.get("delivery.deliver")
    for delivery in ids:
        try:
            if task is not None:
                task.apply_async(args=(str(delivery),))
            else:
                current_app.send_task("delivery.deliver", args=(str(delivery),))
        except (OperationalError, KombuError, OSError) as error:
            # The rows are the truth: the sweep rings again.
            log.warning("The broker did not take the bell for a delivery: %s", error)
            return
