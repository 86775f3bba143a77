"""Rows of the ledger, made by hand, and a shop with Stripe beside it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from accounts.models import User
from billing import catalogue
from ground import clock
from llm.models import ModelCall
from tests.billing import stripe_peer
from tests.billing.shop import AT_STRIPE, Shop, settings_of

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


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """Plans are sold here. Every request that breaks a rule of Stripe's fails the test at its end."""
    peer, server = stripe_peer.start()
    peer.prices = dict(AT_STRIPE)
    for name, value in settings_of(peer).items():
        setattr(settings, name, value)
    settings.CELERY_TASK_ALWAYS_EAGER = True
    yield Shop(peer)
    server.shutdown()
    server.server_close()
    assert not peer.complaints, f"Requests broke a rule of Stripe's: {peer.complaints}"


@pytest.fixture
def founding(settings: Settings, tmp_path: Path) -> int:
    """A plan that only so many may have; how many."""
    given = yaml.safe_load(catalogue.FILE.read_text())
    given["plans"]["founding"] = given["plans"]["pro"] | {
        "title": "Founding",
        "price": "STRIPE_PRICE_FOUNDING",
        "amount": 1900,
        "claims": 3,
        "price_fixed_until": dt.date(2028, 12, 31),
        "trial_days": 0,
    }
    path = tmp_path / "plans.yaml"
    path.write_text(yaml.safe_dump(given))
    settings.PLANS_FILE = str(path)
    return 3
