"""An owner sets limits for what may be spent."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Workspace
from billing.models import SpendingLimit


def set_limits(workspace: Workspace, *, run_usd: Decimal | None, month_usd: Decimal | None) -> SpendingLimit:
    """Put both limits in the place of the ones before; None is no limit. They hold from the next call on."""
    limit, _ = SpendingLimit.objects.update_or_create(workspace=workspace, defaults={"run_usd": run_usd, "month_usd": month_usd})
    return limit
