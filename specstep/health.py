"""Is it alive, and can it work?"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from accounts.flows import erasing
from ground import clock, pulse
from specstep.celery import BEGAN, JOBS, app, make_broker_folders, patience_with

LATE = dt.timedelta(minutes=2)
"""The schedule rings several times a minute; two minutes of silence mean that beat or the workers have stopped."""


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"process": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """What the service needs answers too: 200, or 503 with the part that does not."""
    parts = {"database": _database(), "broker": _broker()}
    answers = parts["database"] == "ok"
    parts["schedule"] = _schedule() if answers else "unknown"
    parts["jobs"] = _jobs() if answers else "unknown"
    parts["deletions"] = _deletions() if answers else "unknown"
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _broker() -> str:
    if not settings.REDIS_URL:
        make_broker_folders()
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "does not answer"
    return "ok"


def _schedule() -> str:
    silent = pulse.age("schedule")
    if silent is None:
        return "has not run yet"
    return "ok" if silent < LATE else f"silent for {int(silent.total_seconds())} s"


def _jobs() -> str:
    """Which scheduled job had no success for too long, and since when it is overdue (S-157)."""
    last = pulse.last_of([BEGAN, *JOBS])
    if BEGAN not in last:
        return "have not run yet"
    late = []
    for job in sorted(JOBS):
        due = last.get(job, last[BEGAN]) + patience_with(job)
        if clock.now() > due:
            ran = f"last done {_in_words(last[job])}" if job in last else "never done"
            late.append(f"{job} is overdue since {_in_words(due)}, {ran}")
    return "; ".join(late) or "ok"


def _deletions() -> str:
    """Accounts go within 24 hours; long before that is over, somebody has to know that one does not (S-171)."""
    late = erasing.late().count()
    return f"{late} not done after {erasing.LATE // dt.timedelta(hours=1)} hours" if late else "ok"


def _in_words(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
