"""How long packages and interviews of a workspace are kept."""

from __future__ import annotations

from django.db import models

from accounts.models.users import Workspace
from ground.rows import Row


class Retention(Row):
    """What the owner chose in Settings, Retention (S-156). Without a row the plan's own windows hold."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="retention")
    packages = models.PositiveIntegerField(null=True, blank=True)
    """Days after which a package goes to the Recycle Bin; empty: as long as the plan allows."""
    interviews = models.PositiveIntegerField(null=True, blank=True)
    """Days after which an interview that nobody worked on goes there; empty: kept (N-36)."""

    def __str__(self) -> str:
        return f"packages {self.packages or 'as the plan'}, interviews {self.interviews or 'kept'}"
