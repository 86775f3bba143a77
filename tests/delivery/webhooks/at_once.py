"""Many workers at once, on the database of DATABASE_URL. Prints what the rows say at the end, as JSON.

``at_once.py URL URL``: six webhooks at two hosts, four threads that announce, four that send, two that sweep; one webhook is
paused and one removed in the middle of it.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from delivery.models import Endpoint

EVENTS = 12
over = threading.Event()


def main() -> None:
    import django

    django.setup()
    from tests.migrated import migrate

    migrate()
    from accounts.models import User
    from delivery.flows import dispatching, subscribing
    from delivery.models import Dispatch, Endpoint

    owner = User.objects.create_user("dana@example.org")
    # Two names of one machine, because one host has two slots only.
    urls = [f"{sys.argv[1 + number % 2]}/{number}" for number in range(6)]
    made = [subscribing.add(owner.workspace, url=url, events=["run.completed"], actor=owner)[0] for url in urls]
    waiting = Dispatch.objects.filter(state=Dispatch.State.WAITING, endpoint__in=made[:4])
    with ThreadPoolExecutor(10) as pool:
        told = [pool.submit(apart, lambda number=number: tell(number, made)) for number in range(4)]  # type: ignore[misc]
        rest = [pool.submit(apart, work) for work in [lambda: send(made)] * 4 + [sweep] * 2]
        for one in told:
            one.result()
        while waiting.exists():
            over.wait(0.05)
        over.set()
        for one in rest:
            one.result()
    for endpoint in made[:4]:
        dispatching.work(endpoint.pk)
    states = {row.url[-1]: sorted(row.dispatches.values_list("state", flat=True)) for row in Endpoint.objects.all()}
    print(json.dumps(states))  # noqa: T201  # the answer to the test


def apart(work: Callable[[], None]) -> None:
    """In a thread of the pool, with a connection of its own."""
    from django.db import connections

    try:
        work()
    finally:
        connections.close_all()


def tell(first: int, made: list[Endpoint]) -> None:
    """Each event is announced twice."""
    from delivery.flows import subscribing
    from delivery.flows.announcing import announce

    workspace = made[0].workspace
    begun = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
    for number in range(EVENTS):
        run = uuid.UUID(int=first * 1000 + number)
        data = {"run_id": str(run), "interview_id": str(run), "state": "completed"}
        for _ in range(2):
            announce("run.completed", workspace_id=workspace.pk, subject=run, at=begun, data=data)
        if (first, number) == (0, EVENTS // 2):
            subscribing.pause(made[4], actor=workspace.owner)
            subscribing.remove(made[5], actor=workspace.owner)


def send(made: list[Endpoint]) -> None:
    from delivery.flows import dispatching

    while not over.wait(0.01):
        for endpoint in made:
            dispatching.work(endpoint.pk)


def sweep() -> None:
    from delivery.flows import sweeping

    while not over.wait(0.1):
        sweeping.sweep_webhooks()


if __name__ == "__main__":
    main()
