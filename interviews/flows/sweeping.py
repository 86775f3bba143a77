"""Rings again for replies that are due and that nobody works on: a lost message costs time, nothing else."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from ground import clock
from interviews.flows.answering import reply
from interviews.models import Interview

PATIENCE = dt.timedelta(seconds=10)


@shared_task(name="interviews.sweep")
def sweep() -> int:
    """Ring for every reply that has been due for ten seconds. The number of bells."""
    waiting = Interview.objects.filter(state=Interview.State.READING, reply_due_at__lte=clock.now() - PATIENCE)
    for interview in waiting.only("pk"):
        reply.delay(str(interview.pk))
    return len(waiting)
