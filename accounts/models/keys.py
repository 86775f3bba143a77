"""API keys: what is stored is never what was issued."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.users import Owned, OwnedQuerySet, User
from ground import clock
from ground.rows import Row


class ApiKey(Owned):
    """A key that acts as its maker. Stored: SHA-256 of salt and key, and the first 8 characters to know it by (S-087, N-10).

    Revoking deletes the row (N-12): the audit keeps the label and the row's id, neither digest nor prefix.
    """

    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, db_index=True)
    salt = models.BinaryField(max_length=16)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    """The day only."""
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_because = models.CharField(max_length=20, blank=True)
    """A word of ours: "failures", "pattern", "operator"."""
    resumed_on = models.DateField(null=True, blank=True)
    """The day its owner let it in again: what happens on that day does not suspend it anew."""

    objects: ClassVar = OwnedQuerySet["ApiKey"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()


class KeyDay(Row):
    """How often one key was used on one day (UTC): its habit, and the count in the list. No address, no time of day (N-06)."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    workspace_path: ClassVar[str] = "key__workspace"

    objects: ClassVar = OwnedQuerySet["KeyDay"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "day"], name="one_count_per_key_and_day")]

    def __str__(self) -> str:
        return f"{self.calls} calls on {self.day}"
