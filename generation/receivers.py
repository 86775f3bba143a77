"""What generation does when an account ends below."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.signals import account_closing, account_erasing
from generation.flows import cancelling, discarding
from generation.models import Run
from ground.errors import Conflict
from ground.models import LogEntry
from interviews.models import Interview
from interviews.signals import interview_discarded, interview_purged

UNDER_WAY = discarding.UNDER_WAY


def listen() -> None:
    """Hear the signals; again is harmless."""
    account_closing.connect(stop_runs, dispatch_uid="generation.stop_runs")
    account_erasing.connect(forget_streams, dispatch_uid="generation.forget_streams")
    interview_discarded.connect(stop_runs_of, dispatch_uid="generation.stop_runs_of")
    interview_purged.connect(leave_packages, dispatch_uid="generation.leave_packages")


def stop_runs(*, user: User, **_: Any) -> None:
    """Cancel what is being written. Model calls in flight are stopped within about a second."""
    for run in Run.objects.filter(workspace__owner=user, state__in=UNDER_WAY).defer("evidence").order_by("pk"):
        try:
            cancelling.cancel(run, actor=user)
        except Conflict:
            continue  # it ended in between


def stop_runs_of(*, interview: Interview, **_: Any) -> None:
    """What is being written from an interview stops when it goes to the Recycle Bin."""
    discarding.stop_runs(interview)


def leave_packages(*, interview: Interview, **_: Any) -> None:
    """An interview is purged: its packages stay."""
    discarding.leave_packages(interview)


def forget_streams(*, user: User, **_: Any) -> None:
    """Delete the logs of runs: their rows hold names of steps and sentences, and no foreign key leads to them."""
    runs = Run.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    LogEntry.objects.filter(stream__in=[f"run:{run}" for run in runs]).delete()
