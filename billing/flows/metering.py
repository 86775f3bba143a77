"""Generations are counted when they are accepted, and given back when we are to blame that nothing came of them.

All functions want to be called inside the transaction that begins or ends the run: either both stand, or neither. The count is
one conditional update, so that of many starts at one moment only as many go through as the plan holds.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import F, Value
from django.db.models.functions import Greatest

from accounts.flows.notifying import tell
from accounts.models import Workspace
from billing import catalogue
from billing.flows import entitling
from billing.flows.entitling import Entitlement
from billing.models import CountedRun, QuotaPeriod
from billing.rules import quota
from ground import clock
from llm.purse import OutOfCredit


class QuotaReached(OutOfCredit):
    """The plan holds no more at the moment."""

    def __init__(self, detail: str, *, resets_at: dt.datetime | None) -> None:
        super().__init__(detail, permanent=True)
        self.resets_at = resets_at
        """When the count begins anew; None where only room helps."""


def take(workspace: Workspace, run: uuid.UUID, *, stored_bytes: int) -> None:
    """Count one generation. Raises ``QuotaReached`` when the plan of the workspace holds no more, and has counted nothing then.

    ``stored_bytes`` is what the packages of the workspace fill.
    """
    held = entitling.entitlement_of(workspace.pk)
    if sentence := why_full(held, stored_bytes):
        raise QuotaReached(sentence, resets_at=None)
    period = _period(workspace, held)
    over = False
    if not _count(period, held.plan.generations):
        if held.plan.overage_amount is None:
            raise QuotaReached(why_used_up(held), resets_at=held.period.resets_at)
        over = _count(period, None)
    CountedRun.objects.create(run=run, period=period, over=over)
    _warn(workspace, period, held)


def take_again(workspace: Workspace, run: uuid.UUID, *, stored_bytes: int) -> None:
    """Count a run that is tried again, if it was given back when it failed. Raises ``QuotaReached``."""
    if CountedRun.objects.filter(run=run, given_back_at__isnull=False).delete()[0]:
        take(workspace, run, stored_bytes=stored_bytes)


def give_back(run: uuid.UUID) -> bool:
    """Count the run no longer. Once: a second call changes nothing. Whether it was counted."""
    if not CountedRun.objects.filter(run=run, given_back_at=None).update(given_back_at=clock.now()):
        return False
    QuotaPeriod.objects.filter(runs__run=run).update(used=Greatest(F("used"), Value(1)) - 1)
    return True


def note_done(run: uuid.UUID) -> None:
    """Its package is there: one beyond the number of the plan is to be paid for now (``billing.flows.overcharging``)."""
    CountedRun.objects.filter(run=run, over=True, done_at=None, given_back_at=None).update(done_at=clock.now())


def used_of(workspace_id: uuid.UUID, held: Entitlement) -> int:
    """How many are counted in the period that runs."""
    row = QuotaPeriod.objects.filter(workspace_id=workspace_id, starts_at=held.period.starts_at).first()
    return row.used if row else 0


def why_used_up(held: Entitlement) -> str:
    """The sentence for who may begin none now."""
    return quota.used_up(held.plan, held.period.resets_at, sold=catalogue.is_on())


def why_full(held: Entitlement, stored_bytes: int) -> str:
    """The sentence for whose packages fill the plan; empty where there is room."""
    most = held.plan.storage_bytes
    return (
        quota.storage_full(held.plan, stored_bytes, sold=catalogue.is_on()) if most is not None and stored_bytes >= most else ""
    )


def _period(workspace: Workspace, held: Entitlement) -> QuotaPeriod:
    row = QuotaPeriod(workspace=workspace, starts_at=held.period.starts_at)
    QuotaPeriod.objects.bulk_create([row], ignore_conflicts=True)
    return QuotaPeriod.objects.get(workspace=workspace, starts_at=held.period.starts_at)


def _count(period: QuotaPeriod, limit: int | None) -> bool:
    room = QuotaPeriod.objects.filter(pk=period.pk)
    if limit is not None:
        room = room.filter(used__lt=limit)
    return bool(room.update(used=F("used") + 1))


def _warn(workspace: Workspace, period: QuotaPeriod, held: Entitlement) -> None:
    """Tell the owner once per period that most of it is used."""
    period.refresh_from_db(fields=["used"])
    if not quota.is_nearly_used(period.used, held.plan, catalogue.table().warn_at_percent):
        return
    if QuotaPeriod.objects.filter(pk=period.pk, warned_at=None).update(warned_at=clock.now()):
        about = {"used": str(period.used), "of": str(held.plan.generations), "resets": quota.day(held.period.resets_at)}
        tell(workspace.owner, "quota.low", about=about)
