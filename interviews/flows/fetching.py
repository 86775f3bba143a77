"""A worker lists a folder and reads the chosen files: transiently, four at once at most, and never past the owner's word (S-038).

Bytes lie in nameless files that are gone when the reading of one ends. A reading is claimed by a conditional update and fenced by
its number; whatever stops it is asked before each request.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import threading
import uuid
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import F, QuerySet

from connectors.border import Border
from connectors.flows import reading as files_of
from connectors.flows import walking
from connectors.flows.calling import calling
from connectors.models import Connection
from connectors.pacing import AT_ONCE
from connectors.troubles import FolderTrouble, NotThere, Stopped, TooLarge
from ground import clock
from ground.errors import SpecStepError
from ground.leases import Heart
from interviews.extraction import extracting, limits
from interviews.flows import looking, referencing
from interviews.flows import reading as documents
from interviews.models import FolderFile, FolderReading, Interview, Reference
from llm.guarding import guarded

log = logging.getLogger(__name__)
State = FolderReading.State
TRIES = 8
BATCH = 200
LARGEST = f"It is larger than {limits.MAX_BYTES // 1024 // 1024} MB, which is the most that is read."
OUR_FAULT = "Something unexpected went wrong on our side. It is tried again."
_turns = threading.BoundedSemaphore(extracting.AT_ONCE)
"""A file waits here and not in the line of uploads, where a wait ends after a while."""


@dataclass(frozen=True)
class Claim:
    """The right to work on one reading, until its lease ends or another worker takes over."""

    reading: uuid.UUID
    attempt: int


def work(reading_id: str | uuid.UUID) -> bool:
    """List or read, if it is due and nobody is at it. True when this worker did."""
    claimed = claim(reading_id)
    if claimed is None:
        return False
    with heart.holding(claimed, lost=lambda: log.warning("The reading %s was taken over.", claimed.reading)):
        _do(claimed)
    return True


def claim(reading_id: str | uuid.UUID) -> Claim | None:
    due = FolderReading.objects.filter(looking.claimable(), pk=reading_id)
    if not due.update(attempts=F("attempts") + 1, tries=F("tries") + 1, lease_until=clock.now() + _lease()):
        return None
    return Claim(uuid.UUID(str(reading_id)), FolderReading.objects.values_list("attempts", flat=True).get(pk=reading_id))


def still_wanted(claimed: Claim) -> None:
    """Raises ``Stopped`` once it was stopped, taken over, or its interview closed."""
    if not _mine(claimed).exclude(interview__state=Interview.State.CLOSED).exists():
        raise Stopped


def _do(claimed: Claim) -> None:
    row = _mine(claimed).select_related("connection", "interview__workspace").first()
    if row is None:
        return
    troubles = list[BaseException]()

    def check() -> None:
        if troubles:
            raise Stopped  # one of the files met what the others would meet too
        still_wanted(claimed)

    try:
        if row.connection is None:
            raise Stopped
        with calling(row.connection, check=check) as border:
            if row.state == State.LOOKING:
                _list(claimed, row, row.connection, border)
            else:
                _read_all(claimed, row, row.connection, border, troubles)
    except Stopped as error:
        _end(claimed, State.CANCELLED, _why(claimed, str(error)))
    except FolderTrouble as error:
        if error.permanent or row.tries >= TRIES:
            _end(claimed, State.FAILED, str(error))
        else:
            _put_off(claimed, str(error), error.wait or 60.0)
    except Exception as error:  # the reading must not be left without a word, whatever it was
        log.exception("The reading %s stopped unexpectedly.", claimed.reading)
        sentence = str(error) if isinstance(error, SpecStepError) else OUR_FAULT
        if row.tries >= TRIES or (isinstance(error, SpecStepError) and error.permanent):
            _end(claimed, State.FAILED, sentence)
        else:
            _put_off(claimed, sentence, 60.0)


# --- the list --------------------------------------------------------------------------------------------------------------


def _list(claimed: Claim, row: FolderReading, connection: Connection, border: Border) -> None:
    row.files.filter(reference=None).delete()
    seen = 0
    found = walking.walk(connection, border)
    while batch := list(itertools.islice(found, BATCH)):
        FolderFile.objects.bulk_create(_rows(row, batch))
        seen += len(batch)
        _mine(claimed).update(seen=seen)
    _was_read(connection)
    _mine(claimed).update(state=State.LISTED, seen=seen, lease_until=None, next_try_at=None, tries=0, trouble="")


def _rows(row: FolderReading, batch: list[walking.Found]) -> list[FolderFile]:
    names = _clean(row, [referencing.name_of(one.name) for one in batch])
    paths = _clean(row, ["/".join(referencing.name_of(part) for part in one.path.split("/") if part) for one in batch])
    return [
        FolderFile(
            reading=row,
            item=one.item,
            above=list(one.above),
            name=name[:255],
            path=f"{path[:499]}/" if one.path else "",
            size=one.size,
            version=one.version,
            skip=one.skip or _unreadable(one),
        )
        for one, name, path in zip(batch, names, paths, strict=True)
    ]


def _unreadable(one: walking.Found) -> str:
    """What need not be fetched to know that it cannot be read."""
    if one.size > limits.MAX_BYTES:
        return LARGEST
    if one.media_type.startswith(("video/", "audio/")):
        return "Films and sound hold no text that can be read."
    return ""


def _clean(row: FolderReading, names: list[str]) -> list[str]:
    """Without secrets: they are kept for a while, and shown."""
    workspace = row.interview.workspace_id
    together = guarded(workspace, "\n".join(names)).text.split("\n")
    return together if len(together) == len(names) else [guarded(workspace, name).text for name in names]


# --- the files -------------------------------------------------------------------------------------------------------------


def _read_all(claimed: Claim, row: FolderReading, connection: Connection, border: Border, troubles: list[BaseException]) -> None:
    # A worker that died left rows in the middle.
    lost = Reference.objects.filter(pk__in=row.files.values("reference"), state=Reference.State.READING)
    lost.update(state=Reference.State.WAITING, due_at=None)
    left = list(row.files.filter(reference__state=Reference.State.WAITING).select_related("reference__interview"))
    way = files_of.Way()

    def one(file: FolderFile) -> None:
        try:
            if not troubles:
                _read_one(claimed, connection, border, file, way)
        except BaseException as error:  # noqa: BLE001  # raised again below, where the others have ended
            troubles.append(error)
        finally:
            if not database.in_atomic_block:
                database.close()

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="folder") as pool:
        list(pool.map(one, left))
    _was_read(connection)
    if troubles:
        raise troubles[0]
    _mine(claimed).update(state=State.DONE, lease_until=None, next_try_at=None, tries=0, trouble="")


def _read_one(claimed: Claim, connection: Connection, border: Border, file: FolderFile, way: files_of.Way) -> None:
    reference = file.reference
    if reference is None or not Reference.objects.filter(pk=reference.pk, state=Reference.State.WAITING).exists():
        return  # the owner took it off meanwhile
    try:
        opened = files_of.opened(connection, border, file.item, above=file.above, way=way, limit=limits.MAX_BYTES)
        with opened as (entry, bytes_):
            Reference.objects.filter(pk=reference.pk).update(source_version=entry.version)
            still_wanted(claimed)
            with _turns:
                still_wanted(claimed)
                documents.read(reference, cast(BinaryIO, bytes_))
    except TooLarge:
        documents.drop(reference, LARGEST)
    except NotThere as error:
        documents.drop(reference, str(error))


def _was_read(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(read_at=clock.now())


# --- how it ends -----------------------------------------------------------------------------------------------------------


def _end(claimed: Claim, state: FolderReading.State, sentence: str) -> None:
    with transaction.atomic():
        row = _mine(claimed).first()
        if row is not None:
            looking.end(row, state, sentence)


def _why(claimed: Claim, sentence: str) -> str:
    row = FolderReading.objects.filter(pk=claimed.reading).select_related("interview").first()
    if row is not None and not row.interview.is_open:
        return "The interview was closed, so nothing more was read."
    return sentence


def _put_off(claimed: Claim, sentence: str, seconds: float) -> None:
    again_at = clock.now() + dt.timedelta(seconds=seconds)
    _mine(claimed).update(lease_until=None, next_try_at=again_at, trouble=sentence[:300])


def _mine(claimed: Claim) -> QuerySet[FolderReading]:
    mine: QuerySet[FolderReading] = FolderReading.objects.filter(
        pk=claimed.reading, attempts=claimed.attempt, state__in=[State.LOOKING, State.READING]
    )
    return mine


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.FOLDER_LEASE_SECONDS)


def _extend(held: Collection[Claim]) -> None:
    for claimed in held:
        _mine(claimed).update(lease_until=clock.now() + _lease())


def _lost(held: Iterable[Claim]) -> list[Claim]:
    return [claimed for claimed in held if not _mine(claimed).exists()]


heart: Heart[Claim] = Heart(
    "folders",
    look=_lost,
    extend=_extend,
    look_seconds=lambda: settings.FOLDER_LEASE_SECONDS / 3,
    extend_seconds=lambda: settings.FOLDER_LEASE_SECONDS / 3,
)
