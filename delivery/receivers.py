"""Ears for what the floors below tell: each change becomes an event, and a package deliveries, in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_erasing
from delivery.flows import queueing
from delivery.flows.announcing import announce
from delivery.models import Channel, Delivery, Endpoint
from delivery.signals import package_delivered
from generation.models import Package, Run
from generation.signals import package_deleted, run_finished, run_started

ENDS = {Run.State.DONE: "completed", Run.State.FAILED: "failed", Run.State.CANCELLED: "cancelled"}


@receiver(run_started)
def on_run_started(run: Run, **_: Any) -> None:
    _announce_run(run, "started", at=run.created_at)


@receiver(run_finished)
def on_run_finished(run: Run, **_: Any) -> None:
    assert run.finished_at is not None
    # Channels are locked before webhooks, as by a worker whose delivery is told of.
    queueing.fan_out(run)
    package = Package.objects.filter(run=run).defer("model").first() if run.state == Run.State.DONE else None
    if package is not None:
        _announce_package(package, "created", at=package.created_at)
    _announce_run(run, ENDS[Run.State(run.state)], at=run.finished_at)


@receiver(package_delivered)
def on_package_delivered(delivery: Delivery, **_: Any) -> None:
    assert delivery.sent_at is not None
    more = {"channel_id": str(delivery.channel_id), "delivery_id": str(delivery.pk)}
    # The delivery is the subject: one package goes to several places.
    _announce_package(delivery.package, "delivered", at=delivery.sent_at, subject=delivery.pk, more=more)


@receiver(package_deleted)
def on_package_deleted(package: Package, at: dt.datetime, **_: Any) -> None:
    _announce_package(package, "deleted", at=at)


@receiver(account_erasing)
def on_account_erasing(user: User, **_: Any) -> None:
    """Wait for workers that are writing down what came of their work; those that come later find nothing."""
    for rows in (Channel.objects, Endpoint.objects):
        list(rows.select_for_update(of=("self",)).filter(workspace__owner=user).order_by("pk").values_list("pk", flat=True))


def _announce_run(run: Run, state: str, *, at: dt.datetime) -> None:
    data = {"run_id": str(run.pk), "interview_id": str(run.project), "state": state}
    announce(f"run.{state}", workspace_id=run.workspace_id, subject=run.pk, at=at, data=data)


def _announce_package(
    package: Package,
    state: str,
    *,
    at: dt.datetime,
    subject: uuid.UUID | None = None,
    more: dict[str, str] | None = None,
) -> None:
    data = {"package_id": str(package.pk), "run_id": str(package.run_id), "interview_id": str(package.project)}
    data["sha256"] = package.sha256
    announce(
        f"package.{state}",
        workspace_id=package.workspace_id,
        subject=subject or package.pk,
        at=at,
        data=data | (more or {}) | {"state": state},
    )
