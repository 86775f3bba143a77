"""What a worker does for programs."""

from __future__ import annotations

from celery import shared_task

from ground import idempotency, limits


@shared_task(name="api.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute: delete what is kept of requests under an Idempotency-Key after 24 hours, and buckets nobody draws from."""
    idempotency.sweep()
    limits.sweep()
