"""What a worker does for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.flows import reporting, sweeping


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete what is over its time."""
    sweeping.sweep()
    reporting.sweep()
