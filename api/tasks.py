"""What a worker does for tools."""

from __future__ import annotations

from celery import shared_task

from api.oauth import connecting, registering


@shared_task(name="api.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: delete tokens and codes whose time is over, and clients that nobody uses."""
    connecting.expire_due()
    registering.sweep()
