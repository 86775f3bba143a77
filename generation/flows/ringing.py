"""The bell: ask the broker to wake a worker. The rows are the truth, so a bell that is lost costs time and nothing else."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from generation.models import Step
from ground import clock, crashpoints

log = logging.getLogger(__name__)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def ring_on_commit(steps: Iterable[uuid.UUID]) -> None:
    """Ring for these steps once the transaction stands; inside :func:`silence` they only stay ready."""
    ids = list(steps)
    if not ids or is_silent():
        return
    Step.objects.filter(pk__in=ids).update(rung_at=clock.now())
    transaction.on_commit(partial(_ring, ids))


@contextmanager
def silence() -> Iterator[None]:
    """For a process that does the steps itself: no worker needs to wake."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def is_silent() -> bool:
    """Inside :func:`silence`."""
    return _silent.get()


def _ring(ids: list[uuid.UUID]) -> None:
    crashpoints.reached("bell.before")
    task = current_app.tasks.get("generation.work")
    for step in ids:
        try:
            if task is not None:
                task.apply_async(args=(str(step),))
            else:
                current_app.send_task("generation.work", args=(str(step),))
        except (OperationalError, KombuError, OSError) as error:
            # A broker that does not answer must not fail the request that started the work: the sweep rings again.
            log.warning("The broker did not take the bell for a step: %s", error)
            return
