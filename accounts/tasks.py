"""What a worker does for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.flows import sweeping, verifying


@shared_task(name="accounts.sweep_codes", ignore_result=True)
def sweep_codes() -> None:
    """Every minute: delete codes that are ten minutes old (S-021)."""
    verifying.sweep()


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete what is over its time."""
    sweeping.sweep()
