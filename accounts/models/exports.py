"""Exports of an account: asked for, prepared by a worker, handed out for seven days."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models

from accounts import periods
from accounts.models.users import Owned, OwnedQuerySet
from ground import clock

OFFERED = periods.EXPORT.length
"""From the moment it is ready (S-163)."""


class Export(Owned):
    """One export of an account's data. The row stands before the worker's bell is rung."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being prepared"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be prepared"

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    """Which try of a worker counts; what an earlier one writes is dropped."""
    lease_until = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    """Bytes."""

    objects: ClassVar = OwnedQuerySet["Export"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(state="waiting"), name="one_export_is_prepared_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.created_at:%Y-%m-%d}"

    @property
    def file(self) -> str:
        """Where the archive lies in the file storage. Each try has a name of its own, so that none writes into another's."""
        return f"exports/{self.pk}-{self.attempt}.zip"

    @property
    def files(self) -> list[str]:
        """Every name that some try of it may have written."""
        return [f"exports/{self.pk}-{attempt}.zip" for attempt in range(1, self.attempt + 1)]

    @property
    def expires_at(self) -> dt.datetime | None:
        return self.ready_at + OFFERED if self.ready_at else None

    @property
    def is_offered(self) -> bool:
        """Whether it can be downloaded now."""
        return self.state == self.State.READY and self.expires_at is not None and clock.now() < self.expires_at
