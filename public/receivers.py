"""An account was made: counted for the page that was read on the same day, and nothing of it is kept with the account."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from accounts.signals import account_made
from public import traffic


@receiver(account_made)
def _count_for_its_page(sender: Any, request: HttpRequest, **_: Any) -> None:
    traffic.attribute(request)
