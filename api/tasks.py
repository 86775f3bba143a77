"""What a worker does for programs and tools."""

from __future__ import annotations

from celery import shared_task

from api.oauth import connecting, registering
from ground import idempotency, limits


@shared_task(name="api.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute: delete what is kept of requests under an Idempotency-Key after 24 hours, and buckets nobody draws from."""
    idempotency.sweep()
    limits.sweep()


@shared_task(name="api.sweep_tools", ignore_result=True)
def sweep_tools() -> None:
    """Every night: delete tokens and codes whose time is over, and clients that nobody uses."""
    connecting.expire_due()
    registering.sweep()
