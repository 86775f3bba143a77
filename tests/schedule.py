"""The real schedule, run by hand: its jobs as a worker does them."""

from __future__ import annotations

from specstep.celery import JOBS, app


def run(*jobs: str) -> None:
    """Do scheduled jobs through Celery in this process; all of them when none is named. Raises what a job raises."""
    app.loader.import_default_modules()
    for job in jobs or JOBS:
        app.tasks[job].apply(throw=True)
