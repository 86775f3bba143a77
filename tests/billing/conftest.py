"""Rows of the ledger, made by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from ground import clock
from llm.models import ModelCall

Called = Callable[..., ModelCall]


@pytest.fixture
def called(alice: User) -> Called:
    """Make one ended call of Alice's: ``called("0.40", subject=run, ago=hours)``; other columns by name."""

    def make(cost: str | None = "0", *, subject: uuid.UUID | None = None, ago: float = 0, **columns: Any) -> ModelCall:
        given: dict[str, Any] = {
            "workspace": alice.workspace,
            "call": "generation.vision",
            "version": 1,
            "subject": subject,
            "provider": "anthropic",
            "model": "claude-opus-5",
            "state": ModelCall.State.ANSWERED,
            "outcome": ModelCall.Outcome.ANSWERED,
            "cost_usd": None if cost is None else Decimal(cost),
            "started_at": clock.now() - dt.timedelta(hours=ago),
        }
        return ModelCall.objects.create(**given | columns)

    return make
