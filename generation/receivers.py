"""What generation does on news: of its own runs, and of an account that ends below."""

from __future__ import annotations

from typing import Any

from accounts.flows.notifying import tell
from accounts.models import User
from accounts.signals import account_closing, account_erasing
from generation.flows import cancelling
from generation.models import Run
from generation.signals import run_finished
from ground.errors import Conflict
from ground.models import LogEntry

UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)
TOLD = {Run.State.DONE: "run.completed", Run.State.FAILED: "run.failed"}
"""A run that was cancelled was cancelled by its owner, who knows."""


def listen() -> None:
    """Hear the signals; again is harmless."""
    run_finished.connect(tell_the_owner, dispatch_uid="generation.tell_the_owner")
    account_closing.connect(stop_runs, dispatch_uid="generation.stop_runs")
    account_erasing.connect(forget_streams, dispatch_uid="generation.forget_streams")


def tell_the_owner(run: Run, **_: Any) -> None:
    """Write the notices in the transaction that ends the run, if they were asked for (S-131)."""
    kind = TOLD.get(Run.State(run.state))
    if kind is not None:
        tell(run.workspace.owner, kind, about={"path": run.get_absolute_url()})


def stop_runs(*, user: User, **_: Any) -> None:
    """Cancel what is being written. Model calls in flight are stopped within about a second."""
    for run in Run.objects.filter(workspace__owner=user, state__in=UNDER_WAY).defer("evidence").order_by("pk"):
        try:
            cancelling.cancel(run, actor=user)
        except Conflict:
            continue  # it ended in between


def forget_streams(*, user: User, **_: Any) -> None:
    """Delete the logs of runs: their rows hold names of steps and sentences, and no foreign key leads to them."""
    runs = Run.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    LogEntry.objects.filter(stream__in=[f"run:{run}" for run in runs]).delete()
