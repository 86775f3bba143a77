"""The Recycle Bin: what was deleted and may still be restored."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from accounts.flows import binning
from accounts.models import Binned
from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Listed, Shape


class BinItem(Shape):
    """Something that lies in the Recycle Bin."""

    id: uuid.UUID
    kind: Literal["package", "interview"] = Field(examples=["package"])
    title: str = Field(examples=["Front desk of a clinic, package 1"])
    deleted_at: dt.datetime
    deleted_because: Literal["owner", "policy"] = Field(
        description="owner: you deleted it. policy: its time was over, see Retention.", examples=["owner"]
    )
    gone_at: dt.datetime = Field(description="From when it cannot be restored any more.")


class BinPage(Listed[BinItem]):
    """What lies in the Recycle Bin; what was made last stands first."""


class Emptied(Shape):
    """What came of emptying the Recycle Bin."""

    purged: int = Field(description="How many were deleted for good.", examples=[2])


def listed(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> BinPage:
    """What lies in the bin and may still be restored."""
    rows = [kind.only("pk", *_NEEDED[kind.model.__name__]) for kind in binning.lying(caller.user)]
    items, more = asking.cut_together(rows, _shape, limit=limit, cursor=cursor)
    return BinPage(items=items, next=more)


def restore(caller: Caller, item: uuid.UUID) -> BinItem:
    """Bring it back as it was: what it was in the bin. Raises ``Conflict`` once its 30 days are over."""
    row = _found(caller, item)
    was = _shape(row)
    binning.restore(row, actor=caller.user, means=caller.means)
    return was


def purge(caller: Caller, item: uuid.UUID) -> None:
    """Delete it for good. Raises ``SpecStepError`` when the file store does not answer; then everything is still there."""
    binning.purge(_found(caller, item), actor=caller.user, means=caller.means)


def empty(caller: Caller) -> Emptied:
    """Delete all of it for good. Raises as ``purge``; what was purged before stays gone."""
    return Emptied(purged=binning.empty(caller.user, actor=caller.user, means=caller.means))


def _found(caller: Caller, item: uuid.UUID) -> Binned:
    """The row with this id, of whichever kind. Raises ``NotFound``."""
    found = [row for kind in binning.kinds() if (row := binning.find(caller.user, kind.name, item))]
    if not found:
        raise asking.NotFound("There is nothing with this id in the Recycle Bin. List it to see what there is.")
    return found[0]


def _shape(row: Any) -> BinItem:
    item = binning.Item(binning.kind_of(row), row)
    return BinItem(
        id=row.pk,
        kind=item.kind.name,
        title=str(row),
        deleted_at=binning.deleted_at(row),
        deleted_because=row.deleted_because,
        gone_at=item.gone_at,
    )


_BIN = ("deleted_at", "deleted_because", "title")
_NEEDED = {"Package": (*_BIN, "number"), "Interview": _BIN}
