"""The bell for webhooks. The rows are the truth, so a bell that is lost costs time and nothing else: the sweep rings again."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from ground import crashpoints

log = logging.getLogger(__name__)
TASK = "delivery.dispatch_webhooks"
EXPIRES = 60
"""Seconds. A bell that nobody heard for so long has been rung again by the sweep."""


def ring_on_commit(endpoints: Iterable[uuid.UUID]) -> None:
    """Wake a worker for each of these endpoints once the transaction stands."""
    ids = list(endpoints)
    if ids:
        transaction.on_commit(partial(ring, ids))


def ring(endpoints: Iterable[uuid.UUID]) -> None:
    """Wake a worker for each of these endpoints now."""
    crashpoints.reached("webhooks.bell")
    task = current_app.tasks.get(TASK)
    for endpoint in endpoints:
        try:
            if task is not None:
                task.apply_async(args=(str(endpoint),), expires=EXPIRES)
            else:
                current_app.send_task(TASK, args=(str(endpoint),), expires=EXPIRES)
        except (OperationalError, KombuError, OSError) as error:
            log.warning("The broker did not take the bell for a webhook: %s", error)
            return
