"""Who pays. ``llm`` defines the protocol, ``billing`` implements it, flows pass it in. No purse, no model call."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Protocol

from ground.errors import SpecStepError


class OutOfCredit(SpecStepError):
    detail = (
        "The limit for model calls is reached. Raise the limit or wait for the next period; nothing that was written is lost."
    )


class Purse(Protocol):
    """Asked before a model call and told after it."""

    @property
    def workspace_id(self) -> uuid.UUID: ...

    def authorize(self, *, call: str, estimate_usd: Decimal) -> None:
        """Return to allow the call; raise ``OutOfCredit`` to refuse it before anything is sent."""

    def spend(self, *, call: str, cost_usd: Decimal) -> None:
        """Book what a call cost, failed ones included."""
