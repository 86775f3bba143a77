"""What is heard of the framework's own doings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.rules.devices import in_words
from accounts.sessions import SessionStore


@receiver(user_logged_in)
def _name_the_device(sender: Any, request: HttpRequest, **_: Any) -> None:
    """A session is listed by the browser in words; what the browser says of itself is not kept."""
    if isinstance(request.session, SessionStore):
        request.session.device = in_words(request.headers.get("User-Agent", ""))
