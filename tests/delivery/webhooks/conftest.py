"""Alice's webhooks, and who receives them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol

import pytest
from pytest_django import Settings

from accounts.models import User
from delivery.events import titles
from delivery.flows import dispatching, posting, ringing, subscribing
from delivery.flows.announcing import announce
from delivery.models import Dispatch, Endpoint
from ground import clock
from tests.delivery.webhooks.receiver import Receiver, receiving

_moments = count()


class Subscribe(Protocol):
    def __call__(self, path: str = ..., *events: str, user: User | None = ...) -> Endpoint: ...


@pytest.fixture(autouse=True)
def _no_open_connections() -> None:
    posting._client.cache_clear()


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """What the broker is asked for: the tests are the workers."""
    asked: list[uuid.UUID] = []

    class Bell:
        def apply_async(self, *, args: tuple[str], **_: Any) -> None:
            asked.append(uuid.UUID(args[0]))

    from celery import current_app

    monkeypatch.setitem(current_app.tasks, ringing.TASK, Bell())
    return asked


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    with receiving() as made:
        settings.EGRESS_ALLOW = [made.url.removeprefix("http://")]
        yield made


@pytest.fixture
def subscribe(receiver: Receiver, alice: User) -> Subscribe:
    """A webhook of Alice's at a path of the receiver, which then verifies with its secret; all events where none is named."""

    def make(path: str = "/hook", *events: str, user: User | None = None) -> Endpoint:
        owner = user or alice
        endpoint, secret = subscribing.add(owner.workspace, url=receiver.url + path, events=events or list(titles()), actor=owner)
        receiver.secrets[path] = secret
        return endpoint

    return make


@pytest.fixture
def happen(alice: User) -> Callable[..., uuid.UUID]:
    """Something happened in Alice's workspace, as a run would announce it; returns the run's id."""

    def announced(kind: str = "run.completed", *, user: User | None = None) -> uuid.UUID:
        run = uuid.uuid4()
        data = {"run_id": str(run), "interview_id": str(uuid.uuid4()), "state": kind.split(".")[1]}
        at = clock.now() + dt.timedelta(microseconds=next(_moments))
        announce(kind, workspace_id=(user or alice).workspace.pk, subject=run, at=at, data=data)
        return run

    return announced


def work_all() -> int:
    """Every endpoint's turn, until nothing is due now; how many were sent."""
    sent = 0
    while True:
        now = sum(dispatching.work(pk) for pk in Endpoint.objects.values_list("pk", flat=True))
        sent += now
        if not now:
            return sent


def states() -> list[str]:
    return list(Dispatch.objects.order_by("pk").values_list("state", flat=True))
