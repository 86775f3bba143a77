"""What a workspace may still do, in one place: the number of its plan, the limits in money, and whose key pays."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from billing import catalogue
from billing.flows import entitling, metering, standing
from billing.flows.entitling import Entitlement
from billing.flows.standing import Limit
from billing.rules import quota
from billing.rules.caps import Cap
from llm import keys


@dataclass(frozen=True)
class Allowance:
    """As it stands now. The gate itself counts in the transaction that begins something; this is for pages and estimates."""

    held: Entitlement
    used: int
    """Generations of the period."""
    stored_bytes: int
    caps: list[Cap]
    """Limits in money of the month, with what is left of each."""
    run_limits: list[Limit]
    own_key: bool
    """The owner pays the model vendor; then the limits of the service do not hold, the number of the plan does."""

    @property
    def number(self) -> int | None:
        """Generations the plan holds; None without a limit."""
        return self.held.plan.generations

    @property
    def left(self) -> int | None:
        """What is left of them; None without a limit."""
        return None if self.number is None else max(0, self.number - self.used)

    @property
    def is_nearly_used(self) -> bool:
        return quota.is_nearly_used(self.used, self.held.plan, catalogue.table().warn_at_percent)

    @property
    def refused(self) -> str:
        """Why no generation may begin; empty when one may."""
        if sentence := metering.why_full(self.held, self.stored_bytes):
            return sentence
        if self.left == 0 and self.held.plan.overage_amount is None:
            return metering.why_used_up(self.held)
        return ""


def allowance_of(workspace_id: uuid.UUID, *, stored_bytes: int = 0) -> Allowance:
    """Read it from our rows alone."""
    held = entitling.entitlement_of(workspace_id)
    own_key = keys.provider_for(workspace_id).own
    limits = standing.limits_of(workspace_id, own_key=own_key)
    return Allowance(
        held=held,
        used=metering.used_of(workspace_id, held),
        stored_bytes=stored_bytes,
        caps=standing.caps_of(workspace_id, subject=None, limits=limits),
        run_limits=[limit for limit in limits if limit.span == "run"],
        own_key=own_key,
    )
