"""What a worker can be asked to do here. No task names a file or a folder: those are read on a person's word only."""

from __future__ import annotations

from celery import shared_task

from connectors.flows import renewing, sweeping


@shared_task(name="connectors.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute."""
    sweeping.sweep()


@shared_task(name="connectors.renew_idle", ignore_result=True)
def renew_idle() -> None:
    """Every night; asks token endpoints and nothing else (N-67)."""
    renewing.renew_idle()
