"""No more than four requests at once at one tenant, whatever process they come from, and none while it asked for a pause.

A request holds a row (``Slot``) while it is under way. The rows are also how a disconnect knows that the last request is over.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Q

from connectors.models import Slot
from connectors.troubles import FolderTrouble
from ground import clock, vault

AT_ONCE = 4
LEASE = dt.timedelta(seconds=90)
"""A request that takes longer than this was left behind by a process that died."""
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120.0
PURPOSE = "folder lane"
_NOBODY = uuid.UUID(int=0)


def lane_of(provider: str, tenant: str) -> str:
    """What is stored instead of the tenant: the same for the same one, and meaningless without the key ring."""
    return vault.mac(f"{provider}:{tenant}", purpose=PURPOSE, row=_NOBODY)


@contextmanager
def slot(
    lane: str, *, connection: uuid.UUID | None, check: Callable[[], None], patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Hold one of the lane's places for the block; waits for it, ``patience`` seconds at most.

    ``check`` is asked each time and may raise. It is asked once more when the place is held: whoever ends a connection first
    forbids new requests, then waits for those that are held, so that none can slip through in between.
    """
    end = time.monotonic() + patience
    holder = uuid.uuid4()
    while True:
        check()
        held = _take(lane, holder, connection)
        if held is not None:
            break
        if (pause := quiet_for(lane)) > patience:
            raise FolderTrouble("The provider asks us to wait. We try again by ourselves.", wait=pause)
        if time.monotonic() > end:
            raise FolderTrouble("The provider is busy with other requests of yours. We try again by ourselves.", wait=30.0)
        time.sleep(POLL_SECONDS)
    try:
        check()
        yield
    finally:
        Slot.objects.filter(pk=held, holder=holder).update(held_until=clock.now(), holder=None, connection=None)


def quiet(lane: str, seconds: float) -> None:
    """Nobody asks this tenant anything for so long."""
    until = clock.now() + dt.timedelta(seconds=seconds)
    Slot.objects.filter(lane=lane, quiet_until__lt=until).update(quiet_until=until)


def quiet_for(lane: str) -> float:
    """Seconds that are left of a pause."""
    until = Slot.objects.filter(lane=lane).order_by("-quiet_until").values_list("quiet_until", flat=True).first()
    return max(0.0, (until - clock.now()).total_seconds()) if until else 0.0


def under_way(connection: uuid.UUID) -> bool:
    """Whether a request of this connection is being answered at this moment."""
    return Slot.objects.filter(connection=connection, held_until__gt=clock.now()).exists()


def _take(lane: str, holder: uuid.UUID, connection: uuid.UUID | None) -> uuid.UUID | None:
    now = clock.now()
    rows = list(Slot.objects.filter(lane=lane).values_list("pk", "held_until", "quiet_until"))
    if len(rows) < AT_ONCE:
        _open(lane)
        return None
    if any(quiet_until > now for _, _, quiet_until in rows):
        return None
    free = Q(held_until__lte=now, quiet_until__lte=now)
    for pk, held_until, _ in rows:
        taken = held_until <= now and Slot.objects.filter(free, pk=pk).update(
            held_until=now + LEASE, holder=holder, connection=connection
        )
        if taken:
            return uuid.UUID(str(pk))
    return None


def _open(lane: str) -> None:
    now = clock.now()
    for number in range(AT_ONCE):
        try:
            with transaction.atomic():
                Slot.objects.get_or_create(lane=lane, number=number, defaults={"held_until": now, "quiet_until": now})
        except IntegrityError:
            continue  # another process opened it at this moment
