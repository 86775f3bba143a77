"""An owner adds a place that packages go to, looks at what would be sent, and says yes; later pauses, changes or removes it.

Nothing here writes to the other side (S-052). A credential is sealed the moment it comes in and is gone with its channel (S-057).
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables
from pydantic import BaseModel

from accounts import audit
from accounts.models import User, Workspace
from delivery.contract import PURPOSE, DeliveryFailed, SpeaksForItself, kind_of
from delivery.flows import preparing, queueing
from delivery.models import Channel, Delivery
from generation.models import Package
from ground import clock, vault
from ground.errors import Conflict
from interviews.models import Interview

State = Channel.State


@sensitive_variables("credential")
def add(
    workspace: Workspace,
    *,
    kind: str,
    name: str,
    place: BaseModel,
    credential: str,
    interview: Interview | None,
    intermediates: bool,
    transcript: bool,
    actor: User,
    means: audit.Means | None = None,
) -> Channel:
    """A new channel, as a draft: nothing is sent before its owner has seen what would be. Raises ``BadInput``."""
    place = _read(kind, place, credential)
    channel = Channel(workspace=workspace, kind=kind, name=name, interview=interview, place=place.model_dump(mode="json"))
    channel.intermediates, channel.transcript = intermediates, transcript
    channel.sealed = vault.seal(credential, purpose=PURPOSE, row=channel.pk)
    with transaction.atomic():
        channel.save(force_insert=True)
        _record(channel, audit.Action.CHANNEL_CREATED, actor, means)
    return channel


@sensitive_variables("credential")
def change(
    channel: Channel, *, place: BaseModel, credential: str, actor: User, means: audit.Means | None = None, **fields: Any
) -> Channel:
    """Other details, or another credential. Where it goes or what is sent differs: the owner looks at it again first.

    ``credential`` empty: the one that is there stays. Raises ``BadInput``, ``Conflict`` when it was removed in the meantime.
    """
    if credential:
        place = _read(channel.kind, place, credential)
    with transaction.atomic():
        row = _locked(channel)
        after = row.place | place.model_dump(mode="json", exclude_unset=not credential)
        wider = any(fields[choice] and not getattr(row, choice) for choice in ("intermediates", "transcript"))
        differs = after != row.place or wider or row.interview_id != getattr(fields["interview"], "pk", None)
        row.place = after
        for name, value in fields.items():
            setattr(row, name, value)
        if credential:
            row.sealed = vault.seal(credential, purpose=PURPOSE, row=row.pk)
        if differs:
            row.state, row.confirmed_at = State.DRAFT, None
            queueing.cancel(row.deliveries.all(), queueing.DRAFT)
        elif credential and row.state == State.BROKEN:
            row.state = State.ACTIVE
        row.trouble = row.trouble if row.state == State.BROKEN else ""
        row.save()
        _record(row, audit.Action.CHANNEL_CHANGED, actor, means)
    return row


@sensitive_variables("credential")
def check(channel: Channel) -> list[str]:
    """Ask the other side, without writing anything there. What was found, in sentences. Raises ``SpecStepError``."""
    kind = kind_of(channel.kind)
    place = kind.place.model_validate(channel.place)
    credential = vault.unseal(channel.sealed, purpose=PURPOSE, row=channel.pk)
    try:
        return kind.check(place, credential)
    except DeliveryFailed as error:
        raise DeliveryFailed(str(error).replace(credential, "…"), permanent=error.permanent) from None


def confirm(
    channel: Channel, *, package: Package | None, digest: str, now: bool, actor: User, means: audit.Means | None = None
) -> Delivery | None:
    """The owner has seen what would be sent and says yes (N-66); ``now``: this package goes at once.

    ``digest``: of the shipment that was shown. Raises ``Conflict`` when another one would be sent by now.
    """
    with transaction.atomic():
        row = _locked(channel)
        if row.state != State.DRAFT:
            raise Conflict("This channel was confirmed already.")
        if package is None and preparing.newest_package(row) is not None:
            raise Conflict("There is a package to look at by now. Look at what would be sent first.")
        if package is not None and preparing.shipment_of(package, row).digest != digest:
            raise Conflict("What would be sent has changed since you looked. Look at it once more.")
        row.state, row.confirmed_at, row.trouble = State.ACTIVE, clock.now(), ""
        row.save(update_fields=["state", "confirmed_at", "trouble"])
        _record(row, audit.Action.CHANNEL_CHANGED, actor, means)
        return queueing.deliver_now(row, package) if now and package is not None else None


def pause(channel: Channel, *, actor: User, means: audit.Means | None = None) -> None:
    """Send nothing any more; what waits is called off. What is on its way at this moment comes to its end."""
    with transaction.atomic():
        row = _locked(channel)
        if row.state not in (State.ACTIVE, State.BROKEN):
            raise Conflict("This channel does not deliver, so there is nothing to pause.")
        row.state = State.PAUSED
        row.save(update_fields=["state"])
        queueing.cancel(row.deliveries.all(), queueing.PAUSED)
        _record(row, audit.Action.CHANNEL_CHANGED, actor, means)


def resume(channel: Channel, *, actor: User, means: audit.Means | None = None) -> None:
    """Deliver again, from the next package on; earlier ones can be sent by hand."""
    with transaction.atomic():
        row = _locked(channel)
        if row.state not in (State.PAUSED, State.BROKEN):
            raise Conflict("This channel is not paused. Reload the page to see how it stands.")
        row.state, row.trouble = (State.ACTIVE if row.confirmed_at else State.DRAFT), ""
        row.save(update_fields=["state", "trouble"])
        _record(row, audit.Action.CHANNEL_CHANGED, actor, means)


def remove(channel: Channel, *, actor: User, means: audit.Means | None = None) -> None:
    """The channel goes, with its credential and its history. What was delivered stays where it is."""
    with transaction.atomic():
        gone, _ = Channel.objects.filter(pk=channel.pk).delete()
        if gone:
            _record(channel, audit.Action.CHANNEL_REMOVED, actor, means)


def warnings(channel: Channel) -> list[str]:
    """What the owner should see to soon."""
    kind = kind_of(channel.kind)
    return kind.warnings(kind.place.model_validate(channel.place)) if isinstance(kind, SpeaksForItself) else []


@sensitive_variables("credential")
def _read(kind: str, place: BaseModel, credential: str) -> BaseModel:
    known = kind_of(kind)
    return known.read(place, credential) if isinstance(known, SpeaksForItself) else place


def _locked(channel: Channel) -> Channel:
    found = Channel.objects.select_for_update(of=("self",)).select_related("workspace__owner").filter(pk=channel.pk).first()
    if found is None:
        raise Conflict("This channel was removed in the meantime.")
    return found


def _record(channel: Channel, action: audit.Action, actor: User, means: audit.Means | None) -> None:
    audit.record(channel.workspace, action, actor=actor, means=means, about=channel.pk, label=channel.get_kind_display())
