"""The purses that pay for model calls."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class UnmeteredPurse:
    """The purse of a laptop and of every installation without Stripe: it allows everything and the call ledger keeps count."""

    workspace_id: uuid.UUID
    subject: uuid.UUID | None = None
    own_key: bool = False

    def authorize(self, *, call: str, estimate_usd: Decimal | None) -> None:
        """Always allowed."""

    def spend(self, *, call: str, cost_usd: Decimal | None) -> None:
        """Nothing to book: the call ledger of ``llm`` holds the cost."""
