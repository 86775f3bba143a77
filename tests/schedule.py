"""The real schedule, run by hand: its jobs as a worker does them."""

from __future__ import annotations

from specstep.celery import JOBS, app

# Not by the loader, as a worker does it: that sets logging up anew, and takes away who listens.
app.autodiscover_tasks(force=True)


def run(*jobs: str) -> None:
    """Do scheduled jobs through Celery in this process; all of them when none is named. Raises what a job raises."""
    for job in jobs or JOBS:
        app.tasks[job].apply(throw=True)
