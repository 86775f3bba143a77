"""Ears for what the floors below tell."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_closing
from api.oauth import connecting


@receiver(account_closing)
def on_account_closing(user: User, **_: Any) -> None:
    connecting.close(user)
