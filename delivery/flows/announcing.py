"""Something happened: the event and what is to be dispatched are rows in the transaction of what they tell of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import transaction

from delivery.flows import ringing
from delivery.models import Dispatch, Endpoint, Event
from ground import crashpoints


def announce(kind: str, *, workspace_id: uuid.UUID, subject: uuid.UUID, at: dt.datetime, data: Mapping[str, str]) -> int:
    """Write the event for every active endpoint that chose it; returns for how many. Saying the same again writes nothing.

    ``at`` is the time of the change itself, as its row has it: kind, subject and time together are the event.
    """
    with transaction.atomic():
        # Locked, so that an endpoint that is being removed is either seen by us or waits for us.
        active = Endpoint.objects.select_for_update().filter(workspace_id=workspace_id, state=Endpoint.State.ACTIVE)
        chosen = [endpoint for endpoint in active.order_by("pk") if kind in endpoint.events]
        if not chosen:
            return 0
        event, is_new = Event.objects.get_or_create(
            kind=kind, subject=subject, at=at, defaults={"workspace_id": workspace_id, "data": dict(data)}
        )
        if not is_new:
            return 0
        dispatch(event, chosen)
        crashpoints.reached("announce.before-commit")
    return len(chosen)


def dispatch(event: Event, endpoints: list[Endpoint]) -> list[Dispatch]:
    """The rows of one event on its way, and the bell for after the transaction."""
    made = Dispatch.objects.bulk_create(
        Dispatch(workspace_id=event.workspace_id, endpoint=endpoint, event=event) for endpoint in endpoints
    )
    ringing.ring_on_commit(endpoint.pk for endpoint in endpoints)
    return made
