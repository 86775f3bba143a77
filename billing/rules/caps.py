"""Whether one more call keeps within the limits, and the sentence that says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from billing.rules.money import dollars, first_of_next_month


@dataclass(frozen=True)
class Cap:
    """One limit and how far it is used, in US dollars."""

    span: Literal["run", "month"]
    owners: bool
    """Set by the owner in Settings; otherwise by whoever runs the service, for managed keys only."""
    limit: Decimal
    spent: Decimal
    held: Decimal
    """What calls that have no end yet may cost at most."""

    @property
    def left(self) -> Decimal:
        """What is neither spent nor held; never below 0."""
        return max(self.limit - self.spent - self.held, Decimal(0))

    @property
    def name(self) -> str:
        whose = "your limit" if self.owners else "the limit of this service"
        return f"{whose} of {dollars(self.limit)} for {'one run or interview' if self.span == 'run' else 'a month'}"


@dataclass(frozen=True)
class Refusal:
    """Why a call may not be made."""

    sentence: str
    passes: bool
    """True when only calls under way stand against it, so that trying again later can help."""


def refusal(caps: Iterable[Cap], estimate: Decimal | None, today: dt.date) -> Refusal | None:
    """None when a call of at most ``estimate`` US dollars keeps within every cap.

    A call that costs nothing is always allowed. ``estimate`` is None when the price is not known: no limit can be kept then, so
    any cap refuses it. A cap that will not fit even later is named before one that may.
    """
    if estimate is not None and estimate <= 0:
        return None
    found = [cap for cap in caps if estimate is None or cap.spent + cap.held + estimate > cap.limit]
    if not found:
        return None
    if estimate is None:
        return Refusal(_unpriced(found[0]), passes=False)
    hopeless = [cap for cap in found if cap.spent + estimate > cap.limit]
    cap = (hopeless or found)[0]
    return Refusal(_too_much(cap, estimate, today), passes=not hopeless)


def _unpriced(cap: Cap) -> str:
    lift = "lift the limit under Settings, Usage" if cap.owners else "lift the limit"
    return (
        f"The price of the model is not known, so {cap.name} cannot be kept. Nothing was sent. Who runs this service can add the "
        f"price (LLM_PRICES_FILE), or {lift}."
    )


def _too_much(cap: Cap, estimate: Decimal, today: dt.date) -> str:
    held = f", {dollars(cap.held)} is held for calls under way" if cap.held else ""
    raised = "Raise it under Settings, Usage" if cap.owners else "Ask who runs this service to raise it"
    later = f", or wait until {_day(first_of_next_month(today))}" if cap.span == "month" else ""
    name = cap.name[0].upper() + cap.name[1:]
    return (
        f"{name} would be passed: {dollars(cap.spent)} is spent{held}, and the next call may cost up to {dollars(estimate)}. "
        f"{raised}{later}. Nothing that was written is lost."
    )


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B}"
