"""What a worker does for interviews."""

from __future__ import annotations

from celery import shared_task

from interviews.flows import fetching, looking
from interviews.flows.answering import reply
from interviews.flows.sweeping import sweep

__all__ = ["forget_listings", "read_folder", "reply", "sweep", "sweep_folders"]


@shared_task(name=looking.TASK, ignore_result=True)
def read_folder(reading_id: str) -> None:
    """List a folder or read what was chosen in it, if its owner still wants that."""
    fetching.work(reading_id)


@shared_task(name="interviews.sweep_folders", ignore_result=True)
def sweep_folders() -> None:
    """Ring again for readings that are due and in nobody's hands."""
    looking.sweep()


@shared_task(name="interviews.forget_listings", ignore_result=True)
def forget_listings() -> None:
    """Every night: what was listed and not chosen goes."""
    looking.forget_listings()
