"""Sums of the month: what one workspace used of one model, kept when the single calls are gone (S-105)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from ground.statements import DAY, FLAG, MONEY, NUMBER, TEXT, UUID, Kind, Update
from llm.models import ModelCall, UsageMonth

FEWEST = 5
"""A sum of fewer calls says nearly what each of them was."""
OTHER = "other"
"""The provider of sums that were put together because each had too few calls."""


def month_of(moment: dt.datetime) -> dt.date:
    """The first day of its calendar month (UTC)."""
    return moment.astimezone(dt.UTC).date().replace(day=1)


_WHICH: dict[str, Kind] = {"workspace_id": UUID, "month": DAY, "provider": TEXT, "model": TEXT, "own_key": FLAG}
_ADDED: dict[str, Kind] = {
    **dict.fromkeys(("calls", "failed", "unpriced", "tokens_in", "tokens_out", "tokens_cached", "tokens_cache_written"), NUMBER),
    "cost_usd": MONEY,
}
_ADD = Update(
    lambda **places: (
        UsageMonth.objects.filter(**{name: places[name] for name in _WHICH}),
        {name: F(name) + places[name] for name in _ADDED},
    ),
    **_WHICH,
    **_ADDED,
)


def book(*entries: ModelCall) -> None:
    """Add ended calls to the sums of the month they were begun in. Once per call, in the transaction that ends it.

    The row is made beforehand where it is missing, so that of two calls that end at once neither is lost.
    """
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for entry in entries:
        row = (entry.workspace_id, month_of(entry.started_at), entry.provider, entry.model, entry.own_key)
        sums.setdefault(row, Counter()).update(_used(entry))
    # In one order, so that two processes do not lock crosswise.
    for row in sorted(sums, key=str):
        which = dict(zip(("workspace_id", "month", "provider", "model", "own_key"), row, strict=True))
        if not _ADD(**which, **sums[row]):
            UsageMonth.objects.bulk_create([UsageMonth(**which)], ignore_conflicts=True)
            _ADD(**which, **sums[row])


def _used(entry: ModelCall) -> dict[str, Any]:
    return {
        "calls": 1,
        "failed": int(entry.state == ModelCall.State.FAILED),
        "unpriced": int(entry.cost_usd is None),
        "tokens_in": entry.tokens_in,
        "tokens_out": entry.tokens_out,
        "tokens_cached": entry.tokens_cached,
        "tokens_cache_written": entry.tokens_cache_written,
        "cost_usd": entry.cost_usd or Decimal(0),
    }


def fold(month: dt.date) -> int:
    """Make a month's sums of few calls say nothing of a single one, once the calls themselves are gone; returns how many.

    Sums of fewer than ``FEWEST`` calls of one workspace are put together without vendor and model, and without tokens if even so
    there are too few. Calls and cost stay right to a millionth of a dollar: they are what was billed.
    """
    few = UsageMonth.objects.filter(month=month, calls__lt=FEWEST).exclude(provider=OTHER, tokens_in=0, tokens_out=0)
    groups = list(few.order_by().values_list("workspace_id", "own_key").distinct())
    folded = 0
    for workspace_id, own_key in groups:
        with transaction.atomic():
            rows = list(
                UsageMonth.objects.select_for_update()
                .filter(workspace_id=workspace_id, month=month, own_key=own_key, calls__lt=FEWEST)
                .exclude(provider=OTHER)
            )
            UsageMonth.objects.bulk_create(
                [UsageMonth(workspace_id=workspace_id, month=month, provider=OTHER, own_key=own_key)], ignore_conflicts=True
            )
            other = UsageMonth.objects.select_for_update().get(
                workspace_id=workspace_id, month=month, provider=OTHER, model="", own_key=own_key
            )
            for row in rows:
                other.calls += row.calls
                other.failed += row.failed
                other.unpriced += row.unpriced
                other.cost_usd += row.cost_usd
                other.tokens_in += row.tokens_in
                other.tokens_out += row.tokens_out
                other.tokens_cached += row.tokens_cached
                other.tokens_cache_written += row.tokens_cache_written
            if other.calls < FEWEST:
                other.tokens_in = other.tokens_out = other.tokens_cached = other.tokens_cache_written = 0
            other.save()
            UsageMonth.objects.filter(pk__in=[row.pk for row in rows]).delete()
            folded += len(rows)
    return folded
