"""The Recycle Bin: what the owner or the policy deletes waits there for 30 days, and then it is gone, with its files.

Apps name what may lie in it (``declare``). Deleting stops what works on the row and hides it everywhere at once
(``OwnedQuerySet.visible_to``); purging deletes files and rows in one operation (N-40): the row is locked, its files go, its rows
go, and a file that could not be deleted leaves the row where it was.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, periods
from accounts.flows import remembering
from accounts.models import Binned, User
from ground import clock, crashpoints
from ground.errors import Conflict, SpecStepError

log = logging.getLogger(__name__)

KEPT = periods.BIN.length
GONE = "This was deleted more than 30 days ago and cannot be brought back."
NOT_DELETED = "The file store does not answer, so nothing was deleted. Try again in a few minutes."


@dataclass(frozen=True)
class Kind:
    """One kind of thing that may lie in the bin."""

    name: str
    """In addresses and records: "package"."""
    label: str
    """For people: "Package"."""
    model: type[Binned]
    discarded: Callable[[Any], None]
    """Called in the transaction that deletes: stops what works on the row."""
    files: Callable[[Any], Iterable[str]]
    """The names of its files in the blob store."""
    purged: Callable[[Any], None]
    """Called in the transaction that purges, before the rows go: deletes what no foreign key leads to."""
    setting: str
    """The field of ``Retention`` that says how long it lives."""
    untouched_since: Callable[[QuerySet[Any], dt.datetime], QuerySet[Any]]
    """Those of the given rows whose time began at this moment or earlier."""
    kept_by_default: bool = False
    """Stays until somebody chooses otherwise."""


@dataclass(frozen=True)
class Item:
    """What lies in the bin, as a page shows it."""

    kind: Kind
    row: Any

    @property
    def gone_at(self) -> dt.datetime:
        """From when it cannot be restored or opened any more (N-38)."""
        return deleted_at(self.row) + KEPT


_kinds: dict[str, Kind] = {}


def declare(kind: Kind) -> None:
    """Name a kind; again is harmless."""
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    return list(_kinds.values())


def kind_of(row: Binned) -> Kind:
    return next(kind for kind in _kinds.values() if kind.model is type(row))


def deleted_at(row: Binned) -> dt.datetime:
    """When it was put into the bin. Raises ``Conflict`` for what does not lie there."""
    if row.deleted_at is None:
        raise Conflict("This is not in the Recycle Bin.")
    return row.deleted_at


def items(user: User) -> list[Item]:
    """What lies in the bin of this person and may still be restored, the newest deletion first."""
    found = [Item(kind_of(row), row) for rows in lying(user) for row in rows]
    return sorted(found, key=lambda item: (deleted_at(item.row), item.row.pk), reverse=True)


def lying(user: User) -> list[QuerySet[Any]]:
    """The rows of ``items``, kind by kind."""
    since = clock.now() - KEPT
    return [kind.model._default_manager.filter(workspace__owner=user, deleted_at__gt=since) for kind in _kinds.values()]


def find(user: User, name: str, pk: uuid.UUID) -> Binned | None:
    """One thing in the bin of this person; None for what is not there, or no longer."""
    kind = _kinds.get(name)
    if kind is None:
        return None
    row = kind.model._default_manager.filter(workspace__owner=user, pk=pk, deleted_at__gt=clock.now() - KEPT).first()
    return row if isinstance(row, Binned) else None


def discard(
    row: Binned,
    *,
    actor: User | None,
    because: Binned.Because = Binned.Because.OWNER,
    means: audit.Means | None = None,
) -> None:
    """Put it into the bin. Doing so twice is doing so once (S-121)."""
    kind = kind_of(row)
    with transaction.atomic():
        locked = _locked(row)
        if locked is None or locked.deleted_at is not None:
            return
        kind.discarded(locked)
        locked.deleted_at, locked.deleted_because = clock.now(), because
        locked.save(update_fields=["deleted_at", "deleted_because"])
        audit.record(locked.workspace, DELETED[kind.name], actor=actor, means=means, about=locked.pk)
        crashpoints.reached("bin.discard-before-commit")
    row.deleted_at, row.deleted_because = locked.deleted_at, locked.deleted_because


def restore(row: Binned, *, actor: User, means: audit.Means | None = None) -> None:
    """Bring it back as it was. Raises ``Conflict`` once its 30 days are over, or when it is not there any more."""
    kind = kind_of(row)
    with transaction.atomic():
        locked = _locked(row)
        if locked is None or (locked.deleted_at is not None and locked.deleted_at + KEPT <= clock.now()):
            raise Conflict(GONE)
        if locked.deleted_at is None:
            return
        locked.deleted_at, locked.deleted_because = None, ""
        locked.save(update_fields=["deleted_at", "deleted_because"])
        audit.record(locked.workspace, RESTORED[kind.name], actor=actor, means=means, about=locked.pk)
    row.deleted_at, row.deleted_because = None, ""


def purge(row: Binned, *, actor: User | None, means: audit.Means | None = None) -> None:
    """Delete it for good: its files, its rows, and what hangs below them (S-122, S-123).

    Raises ``Conflict`` for what does not lie in the bin, ``SpecStepError`` when a file could not be deleted: then every row is
    still there, and a repeat goes on where this one stopped.
    """
    kind = kind_of(row)
    with transaction.atomic():
        locked = _locked(row)
        if locked is None:
            return
        deleted_at(locked)
        mark = remembering.mark_of(locked.pk)
        files = sorted(set(kind.files(locked)))
        kind.purged(locked)
        audit.record(locked.workspace, PURGED[kind.name], actor=actor, means=means, about=locked.pk)
        locked.delete()
        crashpoints.reached("bin.rows-deleted")
        # Last, when nothing of ours can fail any more but the commit: a file that cannot go brings the rows back. Where the
        # commit fails the rows stay without their files, and the next purge deletes them.
        _remember(mark)
        for name in files:
            _delete(name)
        crashpoints.reached("bin.files-deleted")


def empty(user: User, *, actor: User, means: audit.Means | None = None) -> int:
    """Purge all that lies in the bin of this person. How many. Raises as ``purge`` does; what was purged before stays gone."""
    found = items(user)
    for item in found:
        purge(item.row, actor=actor, means=means)
    return len(found)


def sweep() -> int:
    """Purge what was deleted 30 days ago or earlier. One that fails is told of and does not stop the rest. How many (S-124)."""
    until = clock.now() - KEPT
    purged = 0
    for kind in _kinds.values():
        for pk in list(kind.model._default_manager.filter(deleted_at__lte=until).values_list("pk", flat=True)):
            row = kind.model._default_manager.filter(pk=pk).first()
            if row is None:
                continue
            try:
                purge(row, actor=None)
                purged += 1
            except SpecStepError as error:
                log.error("A %s stays in the Recycle Bin for another night: %s", kind.name, error)
    return purged


def _locked(row: Binned) -> Binned | None:
    found = type(row)._default_manager.select_for_update(of=("self",)).select_related("workspace").filter(pk=row.pk).first()
    return found if isinstance(found, Binned) else None


def _remember(mark: str) -> None:
    """So that a restore of the database does not bring it back for good."""
    try:
        remembering.note(mark)
    except Exception as error:
        raise SpecStepError(NOT_DELETED) from error


def _delete(name: str) -> None:
    try:
        default_storage.delete(name)
    except Exception as error:
        raise SpecStepError(NOT_DELETED) from error


DELETED = {"package": audit.Action.PACKAGE_DELETED, "interview": audit.Action.INTERVIEW_DELETED}
RESTORED = {"package": audit.Action.PACKAGE_RESTORED, "interview": audit.Action.INTERVIEW_RESTORED}
PURGED = {"package": audit.Action.PACKAGE_PURGED, "interview": audit.Action.INTERVIEW_PURGED}
