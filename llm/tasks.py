"""What a worker does for model calls."""

from __future__ import annotations

from celery import shared_task

from llm import sweeping


@shared_task(name="llm.sweep", ignore_result=True)
def sweep() -> None:
    """Every night: end what was lost, delete what is over its time."""
    sweeping.sweep()
