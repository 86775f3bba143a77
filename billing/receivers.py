"""What billing does when an account ends below."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.signals import account_closing, account_erasing
from billing.flows import parting


def listen() -> None:
    """Hear the signals; again is harmless."""
    account_closing.connect(end_the_subscription, dispatch_uid="billing.end_the_subscription")
    account_erasing.connect(forget_events, dispatch_uid="billing.forget_events")


def end_the_subscription(*, user: User, **_: Any) -> None:
    parting.part(user)


def forget_events(*, user: User, **_: Any) -> None:
    parting.forget(user)
