"""The owner looks into a connected folder, chooses what is to be read, stops it and goes on. A worker does the work.

Only in an open interview and only at the owner's word (N-19). What is chosen waits on the interview's list of documents like a
file that was dropped there.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import KombuError, OperationalError

from connectors.models import Connection
from ground import clock
from ground.errors import BadInput, Conflict
from interviews import periods
from interviews.flows import reading as documents
from interviews.flows import referencing
from interviews.flows.recording import hold
from interviews.models import FolderFile, FolderReading, Interview, Reference

log = logging.getLogger(__name__)
State = FolderReading.State
TASK = "interviews.read_folder"
KEPT = periods.LISTING.length
RING_AGAIN_AFTER = dt.timedelta(seconds=15)
CLOSED = "This interview is closed. Take it up again to read from a folder."
STOPPED = "You stopped this."


def look(interview: Interview, connection: Connection) -> FolderReading:
    """Begin to list what is in the folder. Raises ``BadInput`` when the interview is closed, ``Conflict`` while it is read."""
    with transaction.atomic():
        hold(interview)
        _only_open(interview)
        if not connection.is_connected:
            raise Conflict("SpecStep is not let into this folder any more. Authorise it again in Settings, Integrations.")
        earlier = interview.folder_readings.filter(connection=connection)
        if earlier.filter(state__in=[State.LOOKING, State.READING]).exists():
            raise Conflict("This folder is being read at this moment. Wait for it, or stop it first.")
        FolderFile.objects.filter(reading__in=earlier, reference=None).delete()
        reading = FolderReading.objects.create(
            interview=interview, connection=connection, folder_name=connection.folder_name, next_try_at=clock.now()
        )
        ring_on_commit([reading.pk])
    return reading


def choose(reading: FolderReading, files: Iterable[FolderFile]) -> int:
    """Put these files in line. Raises ``BadInput`` for none, for one too many, or when the interview is closed; ``Conflict``."""
    chosen = [file for file in files if not file.skip]
    if not chosen:
        raise BadInput("Choose at least one file.")
    with transaction.atomic():
        hold(reading.interview)
        _only_open(reading.interview)
        now = FolderReading.objects.filter(pk=reading.pk)
        if reading.connection is None or not now.filter(state__in=[State.LISTED, State.DONE]).exists():
            raise Conflict("This list is not to choose from any more. Look into the folder again.")
        for file in chosen:
            if file.reference_id is None:
                file.reference = referencing.begin(
                    reading.interview,
                    name=file.name,
                    size=min(file.size, 2**31 - 1),
                    source=reading.connection.kind,
                    source_item=item_of(reading.connection, file.item),
                    source_version=file.version,
                    is_swept=False,
                )
                file.save(update_fields=["reference"])
        now.update(state=State.READING, trouble="", tries=0, next_try_at=clock.now(), lease_until=None)
        ring_on_commit([reading.pk])
    return len(chosen)


def stop(reading: FolderReading) -> None:
    """No further request is made for it. Raises ``Conflict`` when it is not under way."""
    with transaction.atomic():
        if not end(reading, State.CANCELLED, STOPPED):
            raise Conflict("This is not being read any more. Reload the page to see how it ended.")


def go_on(reading: FolderReading) -> None:
    """Take up what was stopped or failed where it was left. Raises ``BadInput``, ``Conflict``."""
    with transaction.atomic():
        hold(reading.interview)
        _only_open(reading.interview)
        if reading.connection is None or not reading.connection.is_connected:
            raise Conflict("SpecStep is not let into this folder any more. Authorise it again in Settings, Integrations.")
        left = [
            file.reference
            for file in reading.files.exclude(reference=None).select_related("reference__interview")
            if file.reference is not None and documents.again(file.reference)
        ]
        state = State.READING if left else State.LOOKING
        ended = FolderReading.objects.filter(pk=reading.pk, state__in=[State.CANCELLED, State.FAILED])
        if not ended.update(state=state, trouble="", tries=0, next_try_at=clock.now(), lease_until=None):
            raise Conflict("There is nothing to go on with. Reload the page to see how it stands.")
        ring_on_commit([reading.pk])


def end(reading: FolderReading, state: FolderReading.State, sentence: str) -> bool:
    """Call it off, with what still waits in it; called in a transaction. False when it was not under way."""
    under_way = FolderReading.objects.filter(pk=reading.pk, state__in=[State.LOOKING, State.READING])
    if not under_way.update(state=state, trouble=sentence[:300], lease_until=None, next_try_at=None):
        return False
    left = FolderFile.objects.filter(
        reading=reading, reference__state__in=[Reference.State.WAITING, Reference.State.READING]
    ).select_related("reference__interview")
    for file in left:
        if file.reference is not None:
            documents.drop(file.reference, sentence, state=Reference.State.CANCELLED)
    return True


def item_of(connection: Connection, item: str) -> str:
    """What a document says of where it came from: the same for the same file."""
    return f"{connection.drive}/{item}"


def sweep() -> int:
    """Ring for what is due and in nobody's hands. Nothing here begins a reading: that an owner did."""
    due = FolderReading.objects.filter(claimable(), next_try_at__lte=clock.now() - RING_AGAIN_AFTER)
    ids = list(due.values_list("pk", flat=True)[:100])
    _ring(ids)
    return len(ids)


def forget_listings() -> int:
    """Every night: of files that nobody chose, nothing stays longer than a day. How many rows."""
    over = FolderFile.objects.filter(reference=None, created_at__lte=clock.now() - KEPT)
    gone, _ = over.exclude(reading__state__in=[State.LOOKING, State.READING]).delete()
    empty = FolderReading.objects.filter(files=None, created_at__lte=clock.now() - KEPT)
    empty.exclude(state__in=[State.LOOKING, State.READING]).delete()
    return gone


def claimable() -> Q:
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Q(state__in=[State.LOOKING, State.READING], next_try_at__lte=now) & free


def ring_on_commit(ids: list[uuid.UUID]) -> None:
    transaction.on_commit(partial(_ring, ids))


def _ring(ids: list[uuid.UUID]) -> None:
    task = current_app.tasks.get(TASK)
    for pk in ids:
        try:
            if task is not None:
                task.apply_async(args=(str(pk),))
            else:
                current_app.send_task(TASK, args=(str(pk),))
        except (OperationalError, KombuError, OSError) as error:
            log.warning("The broker did not take the bell for a folder: %s", error)
            return


def _only_open(interview: Interview) -> None:
    if not Interview.objects.filter(pk=interview.pk).exclude(state=Interview.State.CLOSED).exists():
        raise BadInput(CLOSED)
