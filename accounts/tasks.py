"""What a worker does for accounts."""

from __future__ import annotations

import uuid

from celery import shared_task

from accounts.flows import (
    binning,
    erasing,
    exporting,
    keying,
    mailing,
    remembering,
    reporting,
    retaining,
    sending,
    sweeping,
    verifying,
)


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
    keying.expire_due()
    sweeping.sweep()
    sweeping.sweep_messages()
    reporting.sweep()
    exporting.reconcile()
    remembering.trim()


@shared_task(name="accounts.sweep_bins", ignore_result=True)
def sweep_bins() -> None:
    """Every night: what is over its time goes to the Recycle Bin, and what lay there for 30 days is gone (S-085, S-124)."""
    retaining.sweep()
    binning.sweep()


@shared_task(name="accounts.erase", ignore_result=True)
def erase(request_id: str) -> None:
    """Delete the account of this request, if that is still to be done."""
    erasing.erase_now(request_id)


@shared_task(name="accounts.erase_due", ignore_result=True)
def erase_due() -> None:
    """Go on with deletions that nobody works on."""
    erasing.erase_due()


@shared_task(name="accounts.export", ignore_result=True)
def export(export_id: str) -> None:
    """Prepare this export, if that is still to be done."""
    exporting.prepare(export_id)


@shared_task(name="accounts.exports", ignore_result=True)
def exports() -> None:
    """Ring again for exports that nobody prepares, and take away those whose time is over (S-163)."""
    exporting.sweep()


@shared_task(name="accounts.mail_out", ignore_result=True)
def mail_out(mail_out_id: str) -> None:
    """Write the next batch of messages of one letter."""
    mailing.send_batch(mail_out_id)


@shared_task(name="accounts.mail_outs", ignore_result=True)
def mail_outs() -> None:
    """Ring again for letters that are not done."""
    mailing.sweep()
