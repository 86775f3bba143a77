"""Rows of the ledger for tests, as the gateway writes them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from accounts.models import User
from ground import clock
from llm.models import ModelCall


def entry(workspace_id: uuid.UUID, *, at: dt.datetime | None = None, **fields: Any) -> ModelCall:
    """An ended, good call of ``claude-opus-5``; ``fields`` replace what it says."""
    begun = at or clock.now()
    values: dict[str, Any] = {
        "call": "generation.vision",
        "version": 1,
        "tier": "judgement",
        "provider": "anthropic",
        "model": "claude-opus-5",
        "state": ModelCall.State.ANSWERED,
        "outcome": ModelCall.Outcome.ANSWERED,
        "attempts": 1,
        "tokens_in": 1_000,
        "tokens_out": 200,
        "tokens_cached": 300,
        "tokens_cache_written": 40,
        "cost_usd": Decimal("0.0104"),
        "started_at": begun,
        "finished_at": begun + dt.timedelta(seconds=3),
    }
    return ModelCall.objects.create(workspace_id=workspace_id, **(values | fields))


def person(number: int) -> User:
    """One of many, each with a workspace."""
    return User.objects.create_user(f"person{number}@example.org", f"Person {number}")
