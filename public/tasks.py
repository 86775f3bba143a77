"""What a worker does for the public pages."""

from __future__ import annotations

from celery import shared_task

from public.flows import counting, salting


@shared_task(name="public.rotate", ignore_result=True)
def rotate() -> None:
    """Every minute: after midnight the salt of yesterday goes, also where nobody visits."""
    salting.rotate()


@shared_task(name="public.count", ignore_result=True)
def count() -> None:
    """Add up the days that are over, and delete views older than 30 days."""
    counting.sweep()
