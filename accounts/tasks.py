"""What a worker does for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.flows import erasing, keying, sweeping


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete what is over its time."""
    keying.expire_due()
    sweeping.sweep()


@shared_task(name="accounts.erase", ignore_result=True)
def erase(request_id: str) -> None:
    """Delete the account of this request, if that is still to be done."""
    erasing.erase_now(request_id)


@shared_task(name="accounts.erase_due", ignore_result=True)
def erase_due() -> None:
    """Go on with deletions that nobody works on."""
    erasing.erase_due()
