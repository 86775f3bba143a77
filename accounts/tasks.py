"""What a worker does for accounts."""

from __future__ import annotations

import uuid

from celery import shared_task

from accounts.flows import sending, sweeping, verifying


@shared_task(name="accounts.send", ignore_result=True)
def send(message_id: str) -> None:
    """Send one mail or SMS, if it is still to be sent."""
    sending.send(uuid.UUID(message_id))


@shared_task(name="accounts.send_due", ignore_result=True)
def send_due() -> None:
    """Ring again for messages whose bell was lost, whose wait is over, or whose worker died."""
    sending.sweep()


@shared_task(name="accounts.sweep_codes", ignore_result=True)
def sweep_codes() -> None:
    """Every minute: delete codes that are ten minutes old (S-021)."""
    verifying.sweep()


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete what is over its time."""
    sweeping.sweep()
    sweeping.sweep_messages()
