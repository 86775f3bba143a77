"""Sessions: listed and revocable, without an address."""

from __future__ import annotations

from django.db import models

from accounts.models.users import User
from ground import clock


class Session(models.Model):
    """One browser that is signed in. The cookie's value is not here, only its SHA-256: a copy of this table opens no session."""

    session_key = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of the cookie's value, hexadecimal."""
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    device = models.CharField(max_length=60, blank=True)
    """In words: "Firefox on Linux"."""
    signed_in_at = models.DateTimeField(default=clock.now)
    last_seen_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.device or "a session"
