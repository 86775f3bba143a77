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
    """Asked before a model call and told after it, each time inside the transaction that writes the ledger."""

    @property
    def workspace_id(self) -> uuid.UUID: ...

    @property
    def subject(self) -> uuid.UUID | None:
        """The run or interview that is paid for."""

    @property
    def own_key(self) -> bool:
        """True: this was begun with the owner's own key and must not go on with a managed one (S-068)."""

    def authorize(self, *, call: str, estimate_usd: Decimal | None) -> None:
        """Return to allow the call; raise ``OutOfCredit`` to refuse it before anything is sent.

        ``estimate_usd`` is what the call may cost at most, None when the price of the model is not known. What is in flight
        counts with its estimate: the ledger rows of calls without an end.
        """

    def spend(self, *, call: str, cost_usd: Decimal | None) -> None:
        """Book what a call cost, failed ones included; None when the price of the model is not known."""
