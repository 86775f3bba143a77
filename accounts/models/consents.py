"""When an optional processing was last switched on or off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.users import Owned, OwnedQuerySet


class Consent(Owned):
    """The time stamp of one optional processing (N-44). It stays when the event of the audit is over its 90 days."""

    name = models.CharField(max_length=60)
    """As the register calls the processing: ``DataClass.name``."""
    on = models.BooleanField()
    changed_at = models.DateTimeField()

    objects: ClassVar = OwnedQuerySet["Consent"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="one_consent_per_processing")]

    def __str__(self) -> str:
        return f"{self.name}: {'on' if self.on else 'off'}"
