"""After a restore: what had been deleted since the backup was made is deleted again (N-51; ``accounts.flows.remembering``)."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.flows import binning, erasing
from accounts.flows.remembering import Entry, listed, mark_of
from accounts.models import Binned, DeletionRequest, User
from ground import clock
from ground.errors import SpecStepError

log = logging.getLogger(__name__)
Because = Binned.Because


@dataclass(frozen=True)
class Redeleted:
    """What a run found of what had been deleted."""

    accounts: int
    items: int
    """Packages and interviews."""
    failed: int
    """What could not be deleted; the next run tries it again."""


def redelete(*, pretend: bool = False) -> Redeleted:
    """Delete again whatever the list names. Running it twice deletes nothing more. ``pretend``: only count.

    Accounts first: most of the rest goes with them. The person was told when it was done the first time, so no mail is sent.
    """
    entries = listed()
    accounts, failed = _accounts(entries, pretend=pretend)
    items = 0
    for kind in binning.kinds():
        for row in _named(kind.model, entries):
            items += 1
            if not pretend:
                failed += not _purged(row)
    return Redeleted(accounts, items, failed)


def _accounts(entries: dict[str, Entry], *, pretend: bool) -> tuple[int, int]:
    found = failed = 0
    for user in _named(User, entries):
        found += 1
        if pretend:
            continue
        entry = entries[mark_of(user.pk)]
        request = erasing.request_deletion(user, again=_first_time(entry))
        if not erasing.erase_now(request.pk):
            failed += 1
    return found, failed


def _first_time(entry: Entry) -> DeletionRequest:
    """The request as it stood before the restore: number and time are what was told to the person."""
    given = {"number": entry["number"]} if "number" in entry else {}
    asked = dt.datetime.fromisoformat(entry["requested_at"]) if "requested_at" in entry else clock.now()
    return DeletionRequest(requested_at=asked, **given)


def _purged(row: Any) -> bool:
    try:
        # As it lay in the bin; nobody is told of its deletion a second time.
        in_view = type(row)._default_manager.filter(pk=row.pk, deleted_at=None)
        in_view.update(deleted_at=clock.now(), deleted_because=Because.POLICY)
        binning.purge(row, actor=None)
    except SpecStepError as error:
        log.error("What had been deleted could not be deleted again: %s", error)
        return False
    return True


def _named(model: type[Model], entries: dict[str, Entry]) -> list[Any]:
    """The rows that the list names. Every id of the table is looked at, without its row."""
    ids = model._default_manager.order_by().values_list("pk", flat=True)
    wanted = [pk for pk in ids.iterator() if mark_of(pk) in entries]
    return [row for pk in wanted if (row := model._default_manager.filter(pk=pk).first()) is not None]
