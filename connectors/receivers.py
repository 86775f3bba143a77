"""Ears for what the floors below tell: an account ends."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_closing, account_erasing
from connectors.flows import disconnecting
from connectors.models import Attach


@receiver(account_closing)
def on_account_closing(user: User, **_: Any) -> None:
    """What was being connected goes at once. Readings stop by themselves: the account is no longer active."""
    Attach.objects.filter(user=user).delete()


@receiver(account_erasing)
def on_account_erasing(user: User, **_: Any) -> None:
    """The rows go by cascade; providers are told when that stands."""
    disconnecting.forget(user)
