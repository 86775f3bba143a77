"""What follows from news of this floor: whoever started a run is told how it ended, if that was asked for (S-131)."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.flows.notifying import tell
from generation.models import Run
from generation.signals import run_finished

TOLD = {Run.State.DONE: "run.completed", Run.State.FAILED: "run.failed"}
"""A run that was cancelled was cancelled by its owner, who knows."""


@receiver(run_finished, dispatch_uid="generation.tell_the_owner")
def tell_the_owner(run: Run, **_: Any) -> None:
    """Write the notices in the transaction that ends the run."""
    kind = TOLD.get(Run.State(run.state))
    if kind is not None:
        tell(run.workspace.owner, kind, about={"path": run.get_absolute_url()})
