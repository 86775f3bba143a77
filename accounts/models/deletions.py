"""What stays of a deleted account."""

from __future__ import annotations

import secrets

from django.db import models

from ground import clock
from ground.rows import Row


def _number() -> str:
    return secrets.token_hex(8)


class DeletionRequest(Row):
    """That somebody asked for deletion, and that it was done: a random number, two times, a result (S-120, N-31)."""

    class Result(models.TextChoices):
        PENDING = "pending", "Being deleted"
        DONE = "done", "Deleted"
        FAILED = "failed", "Stopped; it is tried again"

    number = models.CharField(max_length=16, unique=True, default=_number)
    requested_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.PENDING)
    sealed_address = models.CharField(max_length=1000, blank=True)
    """Where the confirmation goes, sealed by the vault; destroyed with the last act, sending it (N-32)."""
    files = models.JSONField(default=list)
    """Names of blobs that are to be deleted; empty once that is done."""
    mark = models.CharField(max_length=64, blank=True)
    """For the re-deletion list: SHA-256 of the account's random id; empty once the list holds it (N-51)."""
    lease_until = models.DateTimeField(null=True, blank=True)
    """Until when one worker has it in hand."""
    user = models.OneToOneField("accounts.User", null=True, on_delete=models.SET_NULL, related_name="deletion_request")
    """Who is being deleted; empty from the moment the account is gone."""

    def __str__(self) -> str:
        return self.number
