"""A request that is sent twice under one key is done once (draft-ietf-httpapi-idempotency-key-header-07).

What is kept for 24 hours: a hash of who asked and the key, a hash of what was asked, the status, and the address of what the
answer shows. Never a body: the answer is read again from the rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from ground import clock
from ground.errors import SpecStepError
from ground.models import IdempotentRequest
from ground.register import Period

PERIOD = Period("What is noted to do a repeated request once", "api.sweep", dt.timedelta(hours=24))
KEPT = PERIOD.length
LEASE = dt.timedelta(minutes=2)
"""A request that has not come to its end by then is given up: its process died, or it hangs."""


class OtherRequest(SpecStepError):
    """The key was used for another request."""

    detail = "This Idempotency-Key was used for another request. Send a new key for a new request."


class InFlight(SpecStepError):
    """The first request with this key has no end yet."""

    detail = "The first request with this Idempotency-Key is still being worked on. Send it again in a few seconds."


class Unsure(SpecStepError):
    """The first request broke off in the middle, and part of it may have been done."""

    detail = (
        "The first request with this Idempotency-Key broke off, so it is not known what of it was done. Read how things stand, "
        "and send what is missing under a new key."
    )


@dataclass(frozen=True)
class Turn:
    """The right to do the request, held by one process at a time."""

    name: str
    attempt: int


@dataclass(frozen=True)
class Done:
    """The request was done before."""

    status: int
    place: str
    """The address of what the answer showed."""


def name_of(who: str, key: str) -> str:
    """What a key of this person is kept under."""
    return hashlib.sha256(f"{who}\n{key}".encode()).hexdigest()


def begin(name: str, fingerprint: str, *, whole: bool) -> Turn | Done:
    """The turn to do a request, or how it ended before.

    ``whole``: the work and its note are one transaction, so a request that broke off left nothing and can be done again.
    Raises ``OtherRequest``, ``InFlight``, ``Unsure``.
    """
    now = clock.now()
    IdempotentRequest.objects.filter(name=name, made_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            IdempotentRequest.objects.create(name=name, fingerprint=fingerprint, made_at=now, lease_until=now + LEASE)
        return Turn(name, 1)
    except IntegrityError:
        row = IdempotentRequest.objects.filter(name=name).first()
    if row is None:
        raise InFlight  # the other one failed at this moment and can be repeated
    if row.fingerprint != fingerprint:
        raise OtherRequest
    if row.status is not None:
        return Done(row.status, row.place)
    if row.lease_until > now:
        raise InFlight
    if not whole:
        raise Unsure
    again = IdempotentRequest.objects.filter(name=name, attempt=row.attempt, status=None)
    if not again.update(attempt=row.attempt + 1, lease_until=now + LEASE):
        raise InFlight
    return Turn(name, row.attempt + 1)


def finish(turn: Turn, *, status: int, place: str) -> bool:
    """Note how it ended. False when another process took the turn over; what was done then must not stand."""
    mine = IdempotentRequest.objects.filter(name=turn.name, attempt=turn.attempt, status=None)
    return bool(mine.update(status=status, place=place))


def forget(turn: Turn) -> None:
    """Nothing was done: the same key may be used again."""
    IdempotentRequest.objects.filter(name=turn.name, attempt=turn.attempt, status=None).delete()


def sweep() -> int:
    """Delete what is older than 24 hours. How many."""
    gone, _ = IdempotentRequest.objects.filter(made_at__lt=clock.now() - KEPT).delete()
    return gone
