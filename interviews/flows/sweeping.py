"""Rings again for replies that are due and that nobody works on, and ends readings of documents whose reader died."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from ground import clock
from interviews.flows.answering import reply
from interviews.flows.reading import give_up_interrupted
from interviews.models import Interview

PATIENCE = dt.timedelta(seconds=10)


@shared_task(name="interviews.sweep")
def sweep() -> int:
    """Ring for every reply that has been due for ten seconds. The number of bells."""
    give_up_interrupted()
    due = Interview.objects.filter(state=Interview.State.READING, reply_due_at__lte=clock.now() - PATIENCE)
    waiting = list(due.values_list("pk", flat=True))
    for interview in waiting:
        reply.delay(str(interview))
    return len(waiting)
