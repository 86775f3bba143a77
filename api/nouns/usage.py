"""What was used, what it cost, and the owner's own limits."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.runs import Limit, usd
from api.nouns.shapes import Dollars, Listed, Shape, Wish
from billing.flows import limiting
from billing.models import SpendingLimit
from billing.pages import usage
from llm.models import ModelCall

Amount = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]


class Total(Shape):
    """Sums over some calls to models."""

    name: str = Field(examples=["Anthropic"])
    model: str = Field(examples=["claude-opus-5"])
    own_key: bool
    calls: int
    failed: int
    tokens_read: int
    tokens_cached: int = Field(description="Part of tokens_read that came from the vendor's cache.")
    tokens_out: int
    cost_usd: Dollars
    unpriced_calls: int = Field(description="Calls whose cost is not known and not part of cost_usd.")


class Month(Shape):
    """A month before this one."""

    month: dt.date = Field(description="Its first day (UTC).")
    total: Total


class Usage(Shape):
    """What was used this month and before."""

    month: dt.date = Field(description="The first day of this month (UTC).")
    until: dt.date = Field(description="The day from which the month's limit counts anew.")
    plan: str = Field(description="The plan that holds now.", examples=["Pro"])
    generations: int | None = Field(description="Generations the plan holds in a period; null without a limit.", examples=[25])
    generations_used: int = Field(description="Of this period.", examples=[3])
    resets_at: dt.datetime = Field(description="When the count of generations begins anew.")
    total: Total
    by_model: list[Total]
    limits: list[Limit] = Field(description="Of the month, with what is left.")
    months: list[Month] = Field(description="The months before, the newest first.")


class CallShape(Shape):
    """One call to a model."""

    id: uuid.UUID
    call: str = Field(examples=["generation.requirements"])
    about: uuid.UUID | None = Field(description="The run or interview it was made for.")
    vendor: str = Field(examples=["Anthropic"])
    model: str
    own_key: bool
    outcome: str = Field(examples=["ok"])
    tokens_in: int
    tokens_cached: int
    tokens_cache_written: int
    tokens_out: int
    cost_usd: Dollars | None
    started_at: dt.datetime
    finished_at: dt.datetime | None


class CallPage(Listed[CallShape]):
    """Calls to models, the newest first. They are kept for 90 days."""


class Limits(Shape):
    """The owner's own limits; null is no limit, 0 stops every call that costs something."""

    run_usd: Dollars | None = Field(description="For one run or one interview.", examples=["5.00"])
    month_usd: Dollars | None = Field(description="For all calls of a calendar month (UTC).", examples=["50.00"])


class NewLimits(Wish):
    """Both limits as they shall be; null or left out is no limit."""

    run_usd: Amount | None = Field(default=None, examples=["5.00"])
    month_usd: Amount | None = Field(default=None, examples=["50.00"])


def read(caller: Caller) -> Usage:
    """What was used this month and before."""
    page = usage.usage_page(caller.user)
    return Usage(
        month=page.month,
        until=page.until,
        plan=page.allowance.held.plan.title,
        generations=page.allowance.number,
        generations_used=page.allowance.used,
        resets_at=page.allowance.held.period.resets_at,
        total=_total(page.total),
        by_model=[_total(one) for one in page.by_model],
        limits=[
            Limit(span=cap.span, set_by="owner" if cap.owners else "service", limit_usd=usd(cap.limit), left_usd=usd(cap.left))
            for cap in page.caps
        ],
        months=[Month(month=month, total=_total(total)) for month, total in page.months],
    )


def calls(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> CallPage:
    """Single calls to models."""
    rows = ModelCall.objects.visible_to(caller.user).exclude(provider="offline")
    items, more = asking.cut(rows, _call, limit=limit, cursor=cursor)
    return CallPage(items=items, next=more)


def limits(caller: Caller) -> Limits:
    """The owner's own limits."""
    row = SpendingLimit.objects.visible_to(caller.user).filter(workspace=caller.workspace).first()
    return Limits(run_usd=_or_none(row.run_usd if row else None), month_usd=_or_none(row.month_usd if row else None))


def set_limits(caller: Caller, wish: NewLimits) -> Limits:
    """Put both limits in the place of the ones before. They hold from the next call on."""
    limiting.set_limits(caller.workspace, run_usd=wish.run_usd, month_usd=wish.month_usd)
    return limits(caller)


def _or_none(amount: Decimal | None) -> str | None:
    return None if amount is None else usd(amount)


def _total(total: usage.Total) -> Total:
    names = ("name", "model", "own_key", "calls", "failed", "tokens_read", "tokens_cached", "tokens_out")
    return Total(**{name: getattr(total, name) for name in names}, cost_usd=usd(total.cost_usd), unpriced_calls=total.unpriced)


def _call(row: ModelCall) -> CallShape:
    names = ("id", "call", "model", "own_key", "outcome", "tokens_in", "tokens_cached", "tokens_cache_written", "tokens_out")
    return CallShape(
        **{name: getattr(row, name) for name in (*names, "started_at", "finished_at")},
        about=row.subject,
        vendor=usage.name_of(row.provider),
        cost_usd=_or_none(row.cost_usd),
    )
