"""The bell. What is to be done stands in rows; Celery only wakes a worker sooner than the sweep would."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, task_success, worker_init, worker_ready
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from specstep.logs import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specstep.settings")

TRANSPORT_ALIASES["files"] = "specstep.broker:Transport"
app = Celery("specstep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

REGULARLY = (
    "generation.sweep",
    "interviews.sweep",
    "interviews.sweep_folders",
    "accounts.send_due",
    "accounts.erase_due",
    "accounts.exports",
    "accounts.mail_outs",
    "billing.sweep",
    "delivery.sweep_deliveries",
    "delivery.sweep_webhooks",
    "specstep.pulse",
)
MINUTELY = ("accounts.sweep_codes", "api.sweep", "connectors.sweep", "public.rotate")
NIGHTLY = (
    "accounts.sweep",
    "accounts.sweep_bins",
    "api.sweep_tools",
    "billing.reconcile",
    "connectors.renew_idle",
    "generation.reconcile",
    "interviews.forget_listings",
    "llm.sweep",
    "delivery.trim_webhook_log",
    "public.count",
)


JOBS = (*REGULARLY, *MINUTELY, *NIGHTLY)
OFTEN_LATE = dt.timedelta(minutes=10)
"""A job that is due several times a minute or each minute: it may wait behind others, or fail a few times."""
NIGHTLY_LATE = dt.timedelta(hours=26)
"""A job that is due every night: a day, and two hours to be fetched and done."""
BEGAN = "schedule began"
"""The sign of life that stands since the schedule first rang here; from then on a job that never ran counts as late."""


def patience_with(job: str) -> dt.timedelta:
    """How long ago the last success of a scheduled job may be."""
    return NIGHTLY_LATE if job in NIGHTLY else OFTEN_LATE


@app.on_after_configure.connect
def _plan(sender: Celery, **_: Any) -> None:
    """What the beat sends. A sweep that nobody fetched before the next one is due is dropped."""
    every = settings.STEP_SWEEP_SECONDS
    often = [(name, every) for name in REGULARLY] + [(name, 60.0) for name in MINUTELY]
    sender.conf.beat_schedule = {
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}} for name, seconds in often
    } | {name: {"task": name, "schedule": crontab(hour="3", minute="10")} for name in NIGHTLY}


@app.task(name="specstep.pulse", ignore_result=True)
def pulse() -> None:
    """The schedule's sign of life (``/readyz``): beat rang, and a worker heard it."""
    from ground import pulse as signs

    signs.began(BEGAN)
    signs.beat("schedule")


@task_success.connect
def _note_success(sender: Any, **_: Any) -> None:
    """When each scheduled job last came to its end without a fault: ``/readyz`` says which is overdue (S-157)."""
    if sender.name in JOBS:
        from ground import pulse as signs

        signs.beat(sender.name)


def make_broker_folders() -> None:
    """The filesystem transport does not make its own folders."""
    options = app.conf.broker_transport_options
    for name in ("data_folder_in", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def _log_as_django_does(**_: Any) -> None:
    """Celery sets up no handlers of its own where this signal is heard: its lines go through the formatter that hides secrets."""
    configure(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def _on_init(**_: Any) -> None:
    make_broker_folders()


@worker_ready.connect
def _on_worker_ready(**_: Any) -> None:
    """Work that a worker left behind when it died is taken up at the start of the next one, not at the next sweep.

    What is due every night is done too: a laptop sleeps at night.
    """
    for name in JOBS:
        app.send_task(name, kwargs={"anew": True} if name == "generation.sweep" else {})
