"""What is kept of model calls goes when its time is over, and a call whose process died gets its end."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from ground import clock
from llm import periods, usage
from llm.models import Exchange, ModelCall, UsageMonth

log = logging.getLogger(__name__)

CALLS_KEPT = periods.CALLS.length
ANSWERS_KEPT = periods.ANSWERS.length
SUMS_KEPT_YEARS = periods.SUMS.years
LOST_AFTER = dt.timedelta(hours=2)
"""No call may take so long: whoever asked is gone, and nobody came to fetch the answer."""
WITHOUT_A_BILL = frozenset({"offline", "scripted"})
"""Providers that nobody pays."""
AT_ONCE = 1_000
"""Rows per transaction, so that nobody waits long for a lock."""


@dataclass(frozen=True)
class Swept:
    """How many rows were ended, put together and deleted."""

    lost: int
    calls: int
    answers: int
    folded: int
    sums: int


def sweep() -> Swept:
    """End what was lost, delete what is over its time. Safe at any time and in several processes at once."""
    now = clock.now()
    swept = Swept(
        lost=_end_the_lost(now),
        calls=_delete(ModelCall.objects.filter(started_at__lt=now - CALLS_KEPT).exclude(state=ModelCall.State.ASKED)),
        answers=_delete(Exchange.objects.filter(created_at__lt=now - ANSWERS_KEPT).exclude(lease_until__gt=now)),
        folded=sum(usage.fold(month) for month in _without_details(now)),
        sums=_delete(UsageMonth.objects.filter(month__lte=_last_month_over(now.date()))),
    )
    log.info("Swept model calls: %s", swept)
    return swept


def _end_the_lost(now: dt.datetime) -> int:
    """Calls that are asked for too long, unless somebody still holds their question. What they cost will never be known."""
    waiting = Exchange.objects.filter(lease_until__gt=now, call__isnull=False).values("call")
    rows = ModelCall.objects.filter(state=ModelCall.State.ASKED, started_at__lt=now - LOST_AFTER).exclude(pk__in=waiting)
    ended = 0
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            entry = ModelCall.objects.select_for_update().filter(pk=pk, state=ModelCall.State.ASKED).first()
            if entry is None:
                continue
            entry.state, entry.outcome, entry.finished_at = ModelCall.State.FAILED, ModelCall.Outcome.LOST, now
            if entry.provider in WITHOUT_A_BILL:
                entry.cost_usd = Decimal(0)
            else:
                entry.cost_usd = None
                usage.book(entry)
            entry.save(update_fields=["state", "outcome", "finished_at", "cost_usd"])
            ended += 1
    return ended


def _without_details(now: dt.datetime) -> list[dt.date]:
    """The months that have sums, and of which no single call is kept any more."""
    oldest_kept = usage.month_of(now - CALLS_KEPT)
    return list(UsageMonth.objects.filter(month__lt=oldest_kept).order_by().values_list("month", flat=True).distinct())


def _last_month_over(today: dt.date) -> dt.date:
    """The latest month that ended at least ``SUMS_KEPT_YEARS`` ago."""
    this_month = today.replace(year=today.year - SUMS_KEPT_YEARS, day=1)
    return (this_month - dt.timedelta(days=1)).replace(day=1)


def _delete(rows: QuerySet[Any]) -> int:
    """Delete in portions; returns how many of these rows went, without what hung on them."""
    model: type[Model] = rows.model
    deleted = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        deleted += model._default_manager.filter(pk__in=ids).delete()[1].get(model._meta.label, 0)
    return deleted
