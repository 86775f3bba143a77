"""What a worker does for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.flows import mailing, reporting, sweeping


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete what is over its time."""
    sweeping.sweep()
    reporting.sweep()


@shared_task(name="accounts.mail_out", ignore_result=True)
def mail_out(mail_out_id: str) -> None:
    """Write the next batch of messages of one letter."""
    mailing.send_batch(mail_out_id)


@shared_task(name="accounts.mail_outs", ignore_result=True)
def mail_outs() -> None:
    """Ring again for letters that are not done."""
    mailing.sweep()
