"""A package is brought to a channel: claimed, prepared, sent, and written down, whatever came of it.

A worker claims a delivery by a conditional update, keeps a lease while it sends, and writes the outcome only if the row still
carries its attempt number. Sending is safe to repeat (``delivery.contract.Kind.send``), so a worker that dies anywhere loses
nothing: the next one finds what arrived and goes on.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.views.decorators.debug import sensitive_variables
from pydantic import ValidationError

from accounts import audit
from accounts.flows import notifying
from delivery.contract import PURPOSE, DeliveryFailed, Receipt, Shipment, kind_of
from delivery.flows import preparing, queueing
from delivery.models import Channel, Delivery, Try
from delivery.rules import preparing as rules
from delivery.rules import retrying
from delivery.signals import package_delivered
from generation.models import Package
from ground import clock, crashpoints, vault
from ground.connections import release_connections
from ground.errors import SpecStepError
from ground.leases import Heart
from llm.redaction import redact

log = logging.getLogger(__name__)
State = Delivery.State
WORKER_DIED = "The worker ended while it was sending, {tries} times. Send it again; if it fails again, it is a fault of ours."
OUR_FAULT = "Something unexpected went wrong on our side. It is tried again."
OUR_FAULT_AT_LAST = "Something unexpected went wrong on our side, each time. It is a fault of ours: report it."
DATABASE_AWAY = "Our database did not answer. It is tried again."
OLD_FORM = "The details of this channel no longer fit. Open its page, check them and save them."


@dataclass(frozen=True)
class Claim:
    """The right to send one delivery, until its lease ends or another attempt takes over."""

    delivery_id: uuid.UUID
    attempt: int
    tries: int


def work(delivery_id: str | uuid.UUID) -> bool:
    """Send one delivery if it is due and nobody is at it. True when this worker did."""
    claimed = claim(delivery_id)
    if claimed is None:
        return False
    with heart.holding(claimed, lost=lambda: log.warning("Delivery %s was taken over.", claimed.delivery_id)):
        _do(claimed)
    return True


def claim(delivery_id: str | uuid.UUID) -> Claim | None:
    """Take a delivery: None when it is not due, not wanted any more, or its channel is busy with another one."""
    with transaction.atomic():
        delivery = Delivery.objects.select_related("package").filter(pk=delivery_id).first()
        channel = _locked(delivery.channel_id) if delivery else None
        if delivery is None or channel is None:
            return None
        due = Delivery.objects.filter(queueing.claimable(), pk=delivery.pk)
        if reason := _why_not(delivery, channel):
            due.update(state=State.CANCELLED, trouble=reason, next_try_at=None, lease_until=None)
            return None
        now = clock.now()
        if channel.deliveries.filter(state=State.SENDING, lease_until__gt=now).exists():
            return None  # one at a time, in order; when it ends it rings for the next
        if not due.update(
            state=State.SENDING, attempts=F("attempts") + 1, tries=F("tries") + 1, lease_until=now + _lease(), next_try_at=None
        ):
            return None
        delivery.refresh_from_db(fields=["attempts", "tries"])
        claimed = Claim(delivery.pk, delivery.attempts, delivery.tries)
        if delivery.tries > len(retrying.SCHEDULE):
            _fail(claimed, channel, WORKER_DIED.format(tries=delivery.tries - 1), breaks=False)
            return None
        crashpoints.reached("delivery.claim.before-commit")
    crashpoints.reached("delivery.claimed")
    return claimed


def finish(claimed: Claim, shipment: Shipment, receipt: Receipt, *, begun: dt.datetime) -> bool:
    """Write down that it arrived. False, having written nothing, when the delivery is no longer this worker's."""
    with transaction.atomic():
        mine = _mine(claimed).first()
        now = clock.now()
        # The channel's row first, as everybody does who writes on several of its deliveries.
        if mine is None or _locked(mine.channel_id) is None:
            return False
        if not _mine(claimed).update(
            state=State.SENT,
            lease_until=None,
            trouble="",
            digest=shipment.digest,
            files=rules.hashes(shipment.files),
            receipt=asdict(receipt),
            sent_at=now,
        ):
            return False
        delivery = Delivery.objects.select_related("channel", "package", "workspace").get(pk=claimed.delivery_id)
        what = "It stood there already, word for word" if receipt.unchanged else f"{receipt.files} files"
        _note(claimed, begun, ok=True, sentence=f"{receipt.where}: {what}.")
        label = delivery.channel.get_kind_display()
        audit.record(delivery.workspace, audit.Action.CHANNEL_DELIVERED, actor=None, about=delivery.pk, label=label)
        package_delivered.send(sender=Delivery, delivery=delivery)
        _ring_for_the_next(delivery.channel_id)
        crashpoints.reached("delivery.finish.before-commit")
    crashpoints.reached("delivery.finished")
    return True


def put_off(claimed: Claim, sentence: str, *, begun: dt.datetime, asked: float | None = None, at_last: str = "") -> bool:
    """Try again after a while, or give up when it was tried often enough. False when it is no longer ours."""
    chance = secrets.SystemRandom().random()
    wait = retrying.wait_after(claimed.tries, asked=asked, chance=chance)
    if wait is None:
        return give_up(claimed, at_last or sentence, begun=begun, breaks=False)
    with transaction.atomic():
        delivery = _mine(claimed).select_related("package").first()
        channel = _locked(delivery.channel_id) if delivery else None
        if delivery is None or channel is None:
            return False
        again_at = clock.now() + dt.timedelta(seconds=wait)
        if not _mine(claimed).update(state=State.WAITING, lease_until=None, next_try_at=again_at, trouble=_plain(sentence)):
            return False
        _note(claimed, begun, ok=False, sentence=sentence)
        if reason := _why_not(delivery, channel):
            queueing.cancel(Delivery.objects.filter(pk=delivery.pk), reason)
        _ring_for_the_next(channel.pk)
    return True


def give_up(claimed: Claim, sentence: str, *, begun: dt.datetime, breaks: bool) -> bool:
    """Fail the delivery and tell the owner; ``breaks``: the channel stops until the owner has seen to it."""
    with transaction.atomic():
        delivery = _mine(claimed).first()
        channel = _locked(delivery.channel_id) if delivery else None
        if channel is None or not _fail(claimed, channel, sentence, breaks=breaks):
            return False
        _note(claimed, begun, ok=False, sentence=sentence)
    return True


# --- one attempt ---------------------------------------------------------------------------------------------------------


def _do(claimed: Claim) -> None:
    begun = clock.now()
    try:
        delivery = Delivery.objects.select_related("channel__workspace__owner", "package").get(pk=claimed.delivery_id)
        shipment = preparing.shipment_of(delivery.package, delivery.channel)
        before = preparing.receipt_before(delivery.package, delivery.channel)
        release_connections()
        crashpoints.reached("delivery.before-send")
        receipt = _send(claimed, shipment, before)
        crashpoints.reached("delivery.sent")
        if receipt is not None:
            finish(claimed, shipment, receipt, begun=begun)
    except (Delivery.DoesNotExist, Channel.DoesNotExist, Package.DoesNotExist):
        log.info("Delivery %s was removed while it was at work.", claimed.delivery_id)
    except vault.Unreadable as error:
        give_up(claimed, str(error), begun=begun, breaks=True)
    except ValidationError:
        give_up(claimed, OLD_FORM, begun=begun, breaks=True)
    except SpecStepError as error:
        if error.permanent:
            give_up(claimed, str(error), begun=begun, breaks=True)
        else:
            put_off(claimed, str(error), begun=begun, asked=error.wait if isinstance(error, DeliveryFailed) else None)
    except (OperationalError, InterfaceError):
        log.warning("The database did not answer during delivery %s.", claimed.delivery_id, exc_info=True)
        put_off(claimed, DATABASE_AWAY, begun=begun)
    except Exception:
        log.exception("Delivery %s stopped unexpectedly.", claimed.delivery_id)
        put_off(claimed, OUR_FAULT, begun=begun, at_last=OUR_FAULT_AT_LAST)


@sensitive_variables("credential")
def _send(claimed: Claim, shipment: Shipment, before: Receipt | None) -> Receipt | None:
    """Open the credential just before it is used, and send; None when it is not wanted any more."""
    delivery = _mine(claimed).select_related("channel__workspace__owner").first()
    if delivery is None:
        return None
    channel = delivery.channel
    if reason := queueing.not_wanted(channel):
        _mine(claimed).update(state=State.CANCELLED, lease_until=None, trouble=reason)
        return None
    kind = kind_of(channel.kind)
    place = kind.place.model_validate(channel.place)
    credential = vault.unseal(channel.sealed, purpose=PURPOSE, row=channel.pk)
    release_connections()
    try:
        return kind.send(place, credential, shipment, before)
    except SpecStepError as error:
        if credential not in str(error):
            raise
        wait = error.wait if isinstance(error, DeliveryFailed) else None
        raise DeliveryFailed(str(error).replace(credential, "…"), permanent=error.permanent, wait=wait) from None


def _why_not(delivery: Delivery, channel: Channel) -> str:
    if reason := queueing.not_wanted(channel):
        return reason
    newer = queueing.newer(delivery)
    return queueing.superseded(newer.package.number) if newer else ""


def _fail(claimed: Claim, channel: Channel, sentence: str, *, breaks: bool) -> bool:
    sentence = _plain(sentence)
    if not _mine(claimed).update(state=State.FAILED, lease_until=None, next_try_at=None, trouble=sentence):
        return False
    if breaks:
        Channel.objects.filter(pk=channel.pk).update(state=Channel.State.BROKEN, trouble=sentence)
        queueing.cancel(channel.deliveries.all(), queueing.STOPPED)
    else:
        _ring_for_the_next(channel.pk)
    about = {"path": channel.get_absolute_url(), "kind": channel.get_kind_display()}
    notifying.tell(channel.workspace.owner, "delivery.failed", about=about)
    return True


def _note(claimed: Claim, begun: dt.datetime, *, ok: bool, sentence: str) -> None:
    seconds = max(0.0, (clock.now() - begun).total_seconds())
    Try.objects.create(delivery_id=claimed.delivery_id, at=begun, seconds=seconds, ok=ok, sentence=_plain(sentence))


def _ring_for_the_next(channel_id: uuid.UUID) -> None:
    due = Delivery.objects.filter(queueing.claimable(), channel_id=channel_id).order_by("created_at")
    queueing.ring_on_commit(due.values_list("pk", flat=True)[:1])


def _locked(channel_id: uuid.UUID) -> Channel | None:
    """The channel's row, locked until the transaction ends: whoever claims or ends a delivery of it takes it first."""
    return Channel.objects.select_for_update(of=("self",)).select_related("workspace__owner").filter(pk=channel_id).first()


def _mine(claimed: Claim) -> QuerySet[Delivery]:
    mine: QuerySet[Delivery] = Delivery.objects.filter(pk=claimed.delivery_id, attempts=claimed.attempt, state=State.SENDING)
    return mine


def _plain(sentence: str) -> str:
    """A sentence for a person: what the other side said may hold anything, so it is searched for secrets."""
    return _short(redact(sentence)[0])


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 300 else sentence[:299] + "…"


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)


def _extend(held: Collection[Claim]) -> None:
    for claimed in held:
        _mine(claimed).update(lease_until=clock.now() + _lease())


def _lost(held: Collection[Claim]) -> list[Claim]:
    return [claimed for claimed in held if not _mine(claimed).exists()]


heart: Heart[Claim] = Heart(
    "deliveries",
    look=_lost,
    extend=_extend,
    look_seconds=lambda: settings.DELIVERY_LEASE_SECONDS / 3,
    extend_seconds=lambda: settings.DELIVERY_LEASE_SECONDS / 3,
)
