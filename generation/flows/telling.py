"""Whoever started a run is told how it ended, if that was asked for (S-131)."""

from __future__ import annotations

from accounts.flows.notifying import tell
from generation.models import Run

NOTICES = {Run.State.DONE.value: "run.completed", Run.State.FAILED.value: "run.failed"}
"""A run that was cancelled was cancelled by its owner, who knows."""


def tell_the_owner(run: Run) -> None:
    """Write the notices in the transaction that ends the run; they are sent after it."""
    kind = NOTICES.get(run.state)
    if kind is not None:
        tell(run.workspace.owner, kind, about={"path": run.get_absolute_url()})
