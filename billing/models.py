"""What an owner allows to be spent."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from accounts.models import OwnedQuerySet, Workspace
from ground.rows import Row


class SpendingLimit(Row):
    """The owner's own limits in US dollars. An empty one is no limit; 0 stops every call that costs something."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    run_usd = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)])
    """For one run or one interview."""
    month_usd = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)])
    """For all calls of a calendar month (UTC)."""
    workspace_path: ClassVar[str] = "workspace"

    objects: ClassVar = OwnedQuerySet["SpendingLimit"].as_manager()

    def __str__(self) -> str:
        return "spending limits"
