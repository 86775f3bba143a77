"""How long a plan keeps packages (N-35, N-37): what Settings, Retention asks."""

from __future__ import annotations

from accounts.flows import retaining
from accounts.models import Workspace
from accounts.rules.retention import Bounds
from billing.flows.entitling import entitlement_of


def declare() -> None:
    """Let the plan of a workspace decide."""
    retaining.declare_bounds(bounds_of)


def bounds_of(workspace: Workspace) -> Bounds:
    """The windows of the plan that holds now. Without Stripe nothing is sold and everything is kept as the owner likes."""
    plan = entitlement_of(workspace.pk).plan
    return Bounds(default=plan.retention_default, most=plan.retention_most)
