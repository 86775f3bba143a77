"""Who asks, how a row of theirs is found, and how a long list is cut."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from accounts.audit import Means
from accounts.models import OwnedQuerySet, User, Workspace
from ground.errors import BadInput, SpecStepError

M = TypeVar("M", bound=Model)
R = TypeVar("R")

MOST = 100
"""Rows of one page of a list."""
USUAL = 50


class Caller(Protocol):
    """Who asks, and by which means: a key or a tool's token."""

    @property
    def user(self) -> User: ...
    @property
    def workspace(self) -> Workspace: ...
    @property
    def means(self) -> Means: ...


class NotFound(SpecStepError):
    """There is no such row for who asks. Whether another person has it is not told."""

    detail = "There is nothing with this id in this account. Read the list it comes from to see what there is."


def found(rows: OwnedQuerySet[M], caller: Caller, pk: uuid.UUID | str) -> M:
    """The row with this id. Raises ``NotFound``."""
    try:
        wanted = pk if isinstance(pk, uuid.UUID) else uuid.UUID(pk)
    except ValueError:
        raise NotFound from None
    row = rows.visible_to(caller.user).filter(pk=wanted).first()
    if row is None:
        raise NotFound
    return row


def cut(
    rows: QuerySet[M], shape: Callable[[M], R], *, limit: int = USUAL, cursor: str | None = None, newest_first: bool = True
) -> tuple[list[R], str | None]:
    """At most ``limit`` rows after ``cursor``, and the cursor of the rest; None at the end.

    The place is the id of the last row that was given. Ids sort by time (UUIDv7), so a row that is added meanwhile neither moves
    nor repeats what is still to come. Raises ``BadInput`` for a limit out of 1 to 100 or a cursor that is none of ours.
    """
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit is {limit}. Ask for 1 to {MOST} rows.")
    if cursor:
        place = _place(cursor)
        rows = rows.filter(pk__lt=place) if newest_first else rows.filter(pk__gt=place)
    taken = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    more = _cursor(taken[limit - 1].pk) if len(taken) > limit else None
    return [shape(row) for row in taken[:limit]], more


def cut_together(
    several: Sequence[QuerySet[Any]], shape: Callable[[Any], R], *, limit: int = USUAL, cursor: str | None = None
) -> tuple[list[R], str | None]:
    """As ``cut`` over rows of several kinds in one list, the newest first."""
    taken: list[Any] = []
    for rows in several:
        # One more than fit, of each kind: whichever come first, they are among them.
        found, more = cut(rows, lambda row: row, limit=limit, cursor=cursor)
        taken += found
        if more:
            taken += rows.filter(pk__lt=found[-1].pk).order_by("-pk")[:1]
    taken.sort(key=lambda row: row.pk, reverse=True)
    more = _cursor(taken[limit - 1].pk) if len(taken) > limit else None
    return [shape(row) for row in taken[:limit]], more


def _cursor(place: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(place.bytes).decode().rstrip("=")


def _place(cursor: str) -> uuid.UUID:
    try:
        return uuid.UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadInput("This cursor is none of ours. Take the one that the page before gave, or begin without one.") from None
