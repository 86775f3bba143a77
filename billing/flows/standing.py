"""How far the limits of a workspace are used."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.conf import settings
from django.db.models import Q, Sum

from billing.models import SpendingLimit
from billing.rules.caps import Cap
from ground import clock
from ground.statements import UUID, Select
from llm.models import ModelCall

IN_FLIGHT = dt.timedelta(hours=1)
"""A call without an end that is older holds nothing any more: no call may take so long."""


@dataclass(frozen=True)
class Limit:
    """One amount that may not be passed."""

    span: Literal["run", "month"]
    owners: bool
    amount: Decimal


_LIMITS = Select(lambda workspace: SpendingLimit.objects.filter(workspace_id=workspace).order_by(), workspace=UUID)


def limits_of(workspace_id: uuid.UUID, *, own_key: bool) -> list[Limit]:
    """The limits that hold for calls of this workspace. With the owner's own key those of the service do not."""
    own = _LIMITS.first(workspace=workspace_id)
    given: list[tuple[Literal["run", "month"], bool, Decimal | None]] = [
        ("run", True, own.run_usd if own else None),
        ("month", True, own.month_usd if own else None),
    ]
    if not own_key:
        given += [("run", False, settings.LLM_CAP_RUN_USD), ("month", False, settings.LLM_CAP_MONTH_USD)]
    return [Limit(span, owners, amount) for span, owners, amount in given if amount is not None]


def caps_of(workspace_id: uuid.UUID, *, subject: uuid.UUID | None, limits: Iterable[Limit]) -> list[Cap]:
    """The limits with what is spent and held. Those for one run are left out where there is no ``subject``.

    The owner's limits count every call, those of the service only calls with managed keys.
    """
    found = []
    for limit in limits:
        if limit.span == "run" and subject is None:
            continue
        calls = Q(subject=subject) if limit.span == "run" else Q(started_at__gte=month_start())
        if not limit.owners:
            calls &= Q(own_key=False)
        spent, held = _used(workspace_id, calls)
        found.append(Cap(limit.span, limit.owners, limit.amount, spent, held))
    return found


def month_start() -> dt.datetime:
    """The first moment of this month (UTC)."""
    return clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _used(workspace_id: uuid.UUID, calls: Q) -> tuple[Decimal, Decimal]:
    asked = Q(state=ModelCall.State.ASKED)
    sums = ModelCall.objects.filter(calls, workspace_id=workspace_id).aggregate(
        spent=Sum("cost_usd", filter=~asked),
        held=Sum("estimate_usd", filter=asked & Q(started_at__gt=clock.now() - IN_FLIGHT)),
    )
    return sums["spent"] or Decimal(0), sums["held"] or Decimal(0)
