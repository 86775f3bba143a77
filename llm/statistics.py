"""The anonymised statistic that helps to improve calls and prompts (S-077): counted when it is asked for, never stored.

It knows the names of calls and models, outcomes and tokens. A group that fewer than ``FEWEST`` workspaces share is left out and
counted in nothing else, so that no line tells of one account, alone or by taking others away. Only calls of accounts that
switched it on in Settings, Consent are counted (N-44, S-167); nothing is kept, so switching it off works at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from accounts.flows import consenting
from llm.models import ModelCall

FEWEST = 5
"""Workspaces that must share a line."""


@dataclass(frozen=True)
class Line:
    """One group of calls that ended."""

    month: dt.date
    call: str
    model: str
    """Empty for the rule-based agents."""
    outcome: str
    calls: int
    tokens_in: int
    """All that was read, from the cache too."""
    tokens_out: int


def lines() -> list[Line]:
    """The statistic of calls that are still kept (90 days), by month, call, model and outcome."""
    groups = (
        ModelCall.objects.filter(workspace__in=consenting.consented(consenting.STATISTICS).values("workspace"))
        .exclude(state=ModelCall.State.ASKED)
        .order_by()
        .annotate(month=TruncMonth("started_at", tzinfo=dt.UTC))
        .values("month", "call", "model", "outcome")
        .annotate(
            workspaces=Count("workspace", distinct=True),
            calls=Count("pk"),
            fresh=Sum("tokens_in"),
            cached=Sum("tokens_cached"),
            written=Sum("tokens_cache_written"),
            out=Sum("tokens_out"),
        )
        .filter(workspaces__gte=FEWEST)
        .order_by("month", "call", "model", "outcome")
    )
    return [
        Line(
            month=group["month"].date(),
            call=group["call"],
            model=group["model"],
            outcome=group["outcome"],
            calls=group["calls"],
            tokens_in=group["fresh"] + group["cached"] + group["written"],
            tokens_out=group["out"],
        )
        for group in groups
    ]
