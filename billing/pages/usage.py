"""What Settings, Usage shows: read from the rows of calls and the sums of months, never written here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User
from billing.flows import allowing, standing
from billing.flows.allowing import Allowance
from billing.models import SpendingLimit
from billing.pages.charts import Charts, charts_of
from billing.rules import money
from billing.rules.caps import Cap
from llm import keys
from llm.models import ModelCall, UsageMonth

NEWEST = 50
"""How many single calls are shown."""
AT_ONCE = 10
"""How many of them stand open; the others are folded away."""
NAMES = {**keys.VENDORS, "offline": "Rule-based agents", "scripted": "Scripted answers", "other": "Several models, few calls"}
"""What a person calls a provider."""

_SUMMED = ("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_written", "cost_usd")
_COUNTED = ("calls", "failed", "unpriced")


@dataclass(frozen=True)
class Total:
    """Sums over some calls."""

    name: str
    calls: int
    unpriced: int
    """Calls whose cost is not known and not part of ``cost_usd``."""
    failed: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    tokens_cache_written: int
    cost_usd: Decimal
    model: str = ""
    own_key: bool = False
    is_free: bool = False
    """No model was asked."""

    @property
    def tokens_read(self) -> int:
        """All that was sent, from the vendor's cache or not."""
        return self.tokens_in + self.tokens_cached + self.tokens_cache_written

    @property
    def tokens(self) -> int:
        return self.tokens_read + self.tokens_out

    @property
    def cached_share(self) -> str:
        """How much of what was sent came from the vendor's cache: "85%"."""
        return money.share(self.tokens_cached, self.tokens_read)

    @property
    def cost(self) -> str:
        """ "$0.42", "unpriced", or "$0.42 and 3 unpriced calls"."""
        if not self.unpriced:
            return money.dollars(self.cost_usd)
        if self.unpriced == self.calls:
            return money.dollars(None)
        return f"{money.dollars(self.cost_usd)} and {self.unpriced:,} unpriced call{'' if self.unpriced == 1 else 's'}"


@dataclass(frozen=True)
class Ending:
    """How many calls ended in one way."""

    label: str
    calls: int
    share: str
    good: bool


@dataclass(frozen=True)
class Line:
    """One call."""

    call: ModelCall
    name: str
    """ "Prose: BRIEF.md" """
    vendor: str
    redacted: int
    """How many secrets were taken out of it."""

    @property
    def tokens_read(self) -> int:
        return self.call.usage.tokens_in + self.call.usage.tokens_cached + self.call.usage.tokens_cache_written

    @property
    def stood_in_for(self) -> str:
        """The vendor that was asked first."""
        return name_of(self.call.instead_of)

    @property
    def is_open(self) -> bool:
        return bool(self.call.state == ModelCall.State.ASKED)

    @property
    def ending(self) -> str:
        return "Under way" if self.is_open else str(self.call.get_outcome_display())

    @property
    def cost(self) -> str:
        return "" if self.is_open else money.dollars(self.call.cost_usd)


@dataclass(frozen=True)
class UsagePage:
    """Settings, Usage."""

    month: dt.date
    until: dt.date
    """The day from which the month's limit counts anew."""
    total: Total
    by_model: list[Total]
    endings: list[Ending]
    failed: str
    """Share of the ended calls that gave no good answer; empty without calls."""
    under_way: int
    months: list[tuple[dt.date, Total]]
    lines: list[Line]
    """The newest calls."""
    caps: list[Cap]
    """Of the month."""
    run_limits: list[standing.Limit]
    limit: SpendingLimit | None
    own_key: bool
    charts: Charts
    allowance: Allowance
    """What the plan still holds."""

    @property
    def tightest(self) -> Cap | None:
        """The month's limit that leaves the least."""
        return min(self.caps, key=lambda cap: cap.left, default=None)

    @property
    def groups(self) -> list[list[Line]]:
        """The lines that stand open, and those that are folded away."""
        return [group for group in (self.lines[:AT_ONCE], self.lines[AT_ONCE:]) if group]


def usage_page(viewer: User) -> UsagePage:
    """Read what ``viewer`` used this month and before."""
    workspace, start = viewer.workspace, standing.month_start()
    allowance = allowing.allowance_of(workspace.pk)
    calls = ModelCall.objects.visible_to(viewer)
    month = calls.filter(started_at__gte=start)
    asked = month.exclude(provider="offline")
    endings = _endings(asked)
    ended = sum(ending.calls for ending in endings)
    return UsagePage(
        month=start.date(),
        until=money.first_of_next_month(start.date()),
        total=_total("This month", asked.aggregate(**_of_calls())),
        by_model=_by_model(month),
        endings=endings,
        failed=money.share(sum(ending.calls for ending in endings if not ending.good), ended),
        under_way=asked.filter(state=ModelCall.State.ASKED).count(),
        months=_months(UsageMonth.objects.visible_to(viewer).filter(month__lt=start.date())),
        lines=[_line(call) for call in calls.exclude(provider="offline").prefetch_related("redactions")[:NEWEST]],
        caps=allowance.caps,
        run_limits=allowance.run_limits,
        limit=SpendingLimit.objects.visible_to(viewer).filter(workspace=workspace).first(),
        own_key=allowance.own_key,
        charts=charts_of(asked, start.date()),
        allowance=allowance,
    )


def name_of(provider: str) -> str:
    """ "Anthropic" """
    return NAMES.get(provider, provider)


def _of_calls() -> dict[str, Any]:
    """What is counted and summed over single calls. The names must not be those of columns, which the counts look at."""
    return {
        **{f"sum_{name}": Sum(name, default=0) for name in _SUMMED},
        "sum_calls": Count("pk"),
        "sum_failed": Count("pk", filter=Q(state=ModelCall.State.FAILED)),
        "sum_unpriced": Count("pk", filter=Q(cost_usd=None)),
    }


def _of_months() -> dict[str, Any]:
    """The same over the sums of months."""
    return {f"sum_{name}": Sum(name, default=0) for name in (*_SUMMED, *_COUNTED)}


def _total(name: str, row: Any, **more: Any) -> Total:
    return Total(name=name, **{key: row[f"sum_{key}"] for key in (*_SUMMED, *_COUNTED)}, **more)


def _by_model(calls: QuerySet[ModelCall]) -> list[Total]:
    rows = calls.order_by().values("provider", "model", "own_key").annotate(**_of_calls())
    found = [
        _total(name_of(row["provider"]), row, model=row["model"], own_key=row["own_key"], is_free=row["provider"] == "offline")
        for row in rows
    ]
    return sorted(found, key=lambda total: (total.is_free, -total.cost_usd, total.name, total.model, total.own_key))


def _endings(calls: QuerySet[ModelCall]) -> list[Ending]:
    """The ways calls ended, the most frequent first."""
    rows = calls.exclude(state=ModelCall.State.ASKED).order_by().values_list("outcome", "state").annotate(calls=Count("pk"))
    counted: dict[tuple[str, bool], int] = {}
    for outcome, state, number in rows:
        label = str(ModelCall.Outcome(outcome).label) if outcome in ModelCall.Outcome else outcome
        key = (label, state == ModelCall.State.ANSWERED)
        counted[key] = counted.get(key, 0) + number
    whole = sum(counted.values())
    found = [Ending(label, number, money.share(number, whole), good) for (label, good), number in counted.items()]
    return sorted(found, key=lambda ending: (-ending.calls, ending.label))


def _line(call: ModelCall) -> Line:
    _, _, about = call.part.partition(":")
    words = call.call.partition(".")[2].replace("_", " ").capitalize()
    redacted = sum(row.count for row in call.redactions.all())
    # "Review tester" says it already; "Prose" does not.
    return Line(
        call, f"{words}: {about}" if about and about.replace("-", " ") not in words else words, name_of(call.provider), redacted
    )


def _months(rows: QuerySet[UsageMonth]) -> list[tuple[dt.date, Total]]:
    """The sums of each month before, the newest first."""
    grouped = rows.order_by("-month").values("month").annotate(**_of_months())
    return [(row["month"], _total(f"{row['month']:%B %Y}", row)) for row in grouped]
