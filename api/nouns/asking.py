"""Who asks, how a row of theirs is found, and how a long list is cut."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from accounts.audit import Means
from accounts.models import OwnedQuerySet, User, Workspace
from api import straight
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
    _check(limit)
    if cursor:
        place = _place(cursor)
        rows = rows.filter(pk__lt=place) if newest_first else rows.filter(pk__gt=place)
    return _page(list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1]), shape, limit)


class Listing(Generic[M, R]):
    """The rows of one kind that somebody has, the newest first: ``cut``, and the same straight from an event loop."""

    def __init__(self, model: type[M], columns: tuple[str, ...], shape: Callable[[M], R]) -> None:
        """``columns`` are the fields that ``shape`` looks at."""
        self._model, self._shape = model, shape
        self._fields = [field for field in model._meta.concrete_fields if field.name in columns]  # the order of ``from_db``
        self._questions: dict[tuple[int, bool], straight.Question] = {}

    def rows(self, user: User) -> OwnedQuerySet[M]:
        """All of them."""
        owned: OwnedQuerySet[M] = self._model._default_manager.all()  # type: ignore[assignment]  # only owned models are listed
        return owned.visible_to(user).only(*self._columns())

    def cut(self, rows: QuerySet[M], *, limit: int, cursor: str | None) -> tuple[list[R], str | None]:
        """A page of these rows."""
        return cut(rows, self._shape, limit=limit, cursor=cursor)

    async def cut_straight(self, caller: Caller, *, limit: int, cursor: str | None) -> tuple[list[R], str | None]:
        """A page of all of them. For PostgreSQL only (``straight.is_possible``)."""
        _check(limit)
        place = {"place": _place(cursor)} if cursor else {}
        question = self._questions.setdefault((limit, bool(cursor)), straight.Question(partial(self._asked_for, limit)))
        return _page([self._row(found) for found in await question.ask(user=caller.user.pk, **place)], self._shape, limit)

    def _asked_for(self, limit: int, user: uuid.UUID, place: uuid.UUID | None = None) -> QuerySet[M, tuple[Any, ...]]:
        rows = self.rows(User(pk=user)).only()
        rows = rows.filter(pk__lt=place) if place else rows
        return rows.order_by("-pk").values_list(*self._columns())[: limit + 1]

    def _row(self, found: tuple[Any, ...]) -> M:
        values = [
            field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
            for field, value in zip(self._fields, found, strict=True)
        ]
        return self._model.from_db(None, [field.attname for field in self._fields], values)

    def _columns(self) -> list[str]:
        return [field.name for field in self._fields]


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit is {limit}. Ask for 1 to {MOST} rows.")


def _page(taken: list[M], shape: Callable[[M], R], limit: int) -> tuple[list[R], str | None]:
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
