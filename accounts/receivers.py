"""What is heard of the framework's own doings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.flows import consenting
from accounts.models import AuditEvent
from accounts.rules.devices import in_words
from accounts.sessions import SessionStore


@receiver(user_logged_in)
def _name_the_device(sender: Any, request: HttpRequest, **_: Any) -> None:
    """A session is listed by the browser in words; what the browser says of itself is not kept."""
    if isinstance(request.session, SessionStore):
        request.session.device = in_words(request.headers.get("User-Agent", ""))


@receiver(post_save, sender=AuditEvent)
def _keep_the_time_of_switches(sender: Any, instance: AuditEvent, **_: Any) -> None:
    """The register of consents follows the audit, in the same transaction."""
    consenting.follow(instance)
