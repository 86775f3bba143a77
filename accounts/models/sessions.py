"""Sessions: listed and revocable, without an address."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.users import Anyone, User
from ground import clock
from ground.rows import Row


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: Anyone) -> SessionQuerySet:
        """The browsers this person is signed in with, and nobody else's."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def alive(self) -> SessionQuerySet:
        """Not run out, and not of an account that is switched off."""
        open_to = models.Q(user=None) | models.Q(user__is_active=True)
        return self.filter(open_to, expire_date__gt=clock.now())

    def of_suspended_accounts(self) -> SessionQuerySet:
        """Those that would still run. Nobody gets in by them; whoever brings one is told why."""
        return self.filter(user__suspended_at__isnull=False, expire_date__gt=clock.now())


class Session(Row):
    """One browser. The cookie's value is not here, only its SHA-256: a copy of this table opens no session (docs/adr/0011)."""

    session_key = models.CharField(max_length=64, unique=True)
    """SHA-256 of the cookie's value, hexadecimal."""
    previous_key = models.CharField(max_length=64, blank=True, db_index=True)
    """The one before, good for a moment longer: requests that were on their way when the key changed."""
    keyed_at = models.DateTimeField(default=clock.now)
    """Since when the key is what it is."""
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    """NULL: nobody yet, as between the click on a provider's button and the way back."""
    device = models.CharField(max_length=60, blank=True)
    """In words: "Firefox on Linux"."""
    signed_in_at = models.DateTimeField(null=True, blank=True)
    last_seen_on = models.DateField(null=True, blank=True)

    objects: ClassVar = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-signed_in_at"]

    def __str__(self) -> str:
        return self.device or "a browser"
