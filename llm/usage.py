"""Sums of the month: what one workspace used of one model, kept when the single calls are gone (S-105)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import F

from llm.models import ModelCall, UsageMonth


def month_of(moment: dt.datetime) -> dt.date:
    """The first day of its calendar month (UTC)."""
    return moment.astimezone(dt.UTC).date().replace(day=1)


def book(entry: ModelCall) -> None:
    """Add an ended call to the sums of the month it was begun in. Once per call, in the transaction that ends it.

    The row is made beforehand where it is missing, so that two calls that end at once both find it.
    """
    sums = {
        "workspace_id": entry.workspace_id,
        "month": month_of(entry.started_at),
        "provider": entry.provider,
        "model": entry.model,
        "own_key": entry.own_key,
    }
    add = {
        "calls": F("calls") + 1,
        "failed": F("failed") + int(entry.state == ModelCall.State.FAILED),
        "unpriced": F("unpriced") + int(entry.cost_usd is None),
        "tokens_in": F("tokens_in") + entry.tokens_in,
        "tokens_out": F("tokens_out") + entry.tokens_out,
        "tokens_cached": F("tokens_cached") + entry.tokens_cached,
        "tokens_cache_written": F("tokens_cache_written") + entry.tokens_cache_written,
        "cost_usd": F("cost_usd") + (entry.cost_usd or Decimal(0)),
    }
    if not UsageMonth.objects.filter(**sums).update(**add):
        UsageMonth.objects.bulk_create([UsageMonth(**sums)], ignore_conflicts=True)
        UsageMonth.objects.filter(**sums).update(**add)
