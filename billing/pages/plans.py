"""What the pricing page and Settings, Plan show: read from the table of plans and our rows, never from Stripe."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Anyone, User
from billing import catalogue
from billing.flows import allowing, claiming, entitling
from billing.flows.allowing import Allowance
from billing.rules import money, quota
from billing.rules.plans import Plan
from billing.rules.subscriptions import Standing
from ground import clock


@dataclass(frozen=True)
class Offer:
    """One plan in the list."""

    plan: Plan
    left: int | None
    """Places that are free; None where there are as many as like."""
    is_mine: bool

    @property
    def price(self) -> str:
        return money.price(self.plan.amount, self.plan.currency) if self.plan.is_paid else "$0"

    @property
    def every(self) -> str:
        return f"a {self.plan.every}" if self.plan.is_paid else ""

    @property
    def taken(self) -> int:
        return (self.plan.claims or 0) - (self.left or 0)

    @property
    def lines(self) -> list[str]:
        """What the plan holds, in the words of people."""
        return holds(self.plan)


@dataclass(frozen=True)
class PlanPage:
    """Settings, Plan."""

    allowance: Allowance
    offers: list[Offer]
    is_sold: bool

    @property
    def percent(self) -> int:
        """How much of the number is used, for the bar."""
        number = self.allowance.number
        return min(100, 100 * self.allowance.used // number) if number else 100 if number == 0 else 0

    @property
    def notice(self) -> str:
        """Which callout stands at the top."""
        held, row = self.allowance.held, self.allowance.held.subscription
        if held.standing is Standing.GRACE:
            return "grace"
        if held.standing is Standing.LAPSED:
            return "lapsed"
        if row is not None and row.ends_at is not None and row.known.is_live:
            return "ending"
        if row is not None and row.state == "incomplete":
            return "incomplete"
        if row is not None and row.state == "canceled":
            return "ended"
        return "trial" if held.standing is Standing.TRIAL else ""

    @property
    def may_manage(self) -> bool:
        """Whether Stripe knows this customer."""
        row = self.allowance.held.subscription
        return bool(row and row.customer)

    @property
    def may_cancel(self) -> bool:
        row = self.allowance.held.subscription
        return bool(row and row.known.is_live and row.ends_at is None)

    @property
    def holds(self) -> list[str]:
        return holds(self.allowance.held.plan)


def plan_page(viewer: User, *, stored_bytes: int = 0) -> PlanPage:
    """Read what ``viewer`` may use."""
    allowance = allowing.allowance_of(viewer.workspace.pk, stored_bytes=stored_bytes)
    return PlanPage(allowance, offers(viewer), catalogue.is_on())


def offers(viewer: Anyone) -> list[Offer]:
    """The plans that can be had here, in the order of the table."""
    mine = entitling.entitlement_of(viewer.workspace.pk).plan if isinstance(viewer, User) else None
    shown = catalogue.offered() if catalogue.is_on() else [catalogue.default_plan()]
    return [Offer(plan, claiming.left_of(plan), plan == mine) for plan in shown if not _is_over(plan)]


def holds(plan: Plan) -> list[str]:
    """ "25 generations a month", "1 seat", "Packages kept up to 2 years"..."""
    number = "Generations without a count" if plan.generations is None else f"{_count(plan.generations, 'generation')} a month"
    found = [number]
    if plan.overage_amount is not None:
        found.append(f"More of them for {money.price(plan.overage_amount, plan.currency)} each")
    if plan.seats is not None:
        # A workspace has one person so far; whoever buys seats has to know that before.
        found.append(_count(plan.seats, "seat") + (", of which one can be used so far" if plan.seats > 1 else ""))
    kept = "until you delete them" if plan.retention_most is None else f"up to {_span(plan.retention_most)}"
    found.append(f"Packages kept {kept}")
    if plan.storage_mb is not None:
        found.append(f"{quota.size(plan.storage_mb * 1_000_000)} for packages")
    if plan.developer_access:
        found.append("Your own model keys")
    return found


def _is_over(plan: Plan) -> bool:
    return plan.price_fixed_until is not None and plan.price_fixed_until < clock.today()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _span(days: int) -> str:
    years, rest = divmod(days, 365)
    return _count(years, "year") if years and not rest else _count(days, "day")
