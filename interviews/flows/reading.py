"""A document is read into its row: how far it is, how it ended, and that nobody who cancelled it gets it all the same.

The bytes are in an open file of the caller's while this runs, and nowhere else: not in a row, a task, a cache or a log (N-18).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from typing import BinaryIO

from django.db import connection, models, transaction
from django.db.models import Sum
from django.db.models.functions import Length

from ground import clock, stream
from ground.errors import BadInput, Conflict, SpecStepError
from interviews.extraction.extracting import Extracted, extract
from interviews.flows.recording import hold
from interviews.models import Interview, Reference
from interviews.rules.placing import moved
from llm.errors import Stopped
from llm.guarding import guarded

MAX_LETTERS = 10_000_000
"""Of the text of all documents of one interview."""
PATIENCE = dt.timedelta(minutes=5)
"""Longer than the reading of one document can take, its wait for a turn included."""
TELL_EVERY = 0.7
"""Seconds between two notes of progress."""
_State = Reference.State
ENDED = [_State.FAILED, _State.CANCELLED, _State.SKIPPED]
"""States of a document that was not read."""


def read(reference: Reference, file: BinaryIO) -> Reference:
    """Read ``file`` into its row: the state says how it went. Does nothing when the row was cancelled meanwhile."""
    waiting = Reference.objects.filter(pk=reference.pk, state=_State.WAITING)
    if not waiting.update(state=_State.READING, due_at=clock.now() + PATIENCE):
        return _now(reference)
    tell(reference)
    try:
        size, digest = measured(file)
        progress = _Progress(reference)
        _let_go()
        found = extract(file, reference.name, told=progress.told, still_wanted=progress.still_wanted)
        _keep(reference, found, size=size, digest=digest)
    except (Stopped, Interview.DoesNotExist):
        pass  # cancelled, removed, or the account deleted meanwhile
    except BaseException as error:
        _end(reference, _State.FAILED, str(error) if isinstance(error, SpecStepError) else Interrupted.detail)
        if not isinstance(error, BadInput):
            raise
    return _now(reference)


class Interrupted(SpecStepError):
    """Nobody works on a document any more that was to be read."""

    detail = "Reading it was interrupted. Attach it again."


def cancel(reference: Reference) -> None:
    """Stop reading; within half a second nothing of it is left in memory. Raises ``Conflict`` when it is read already."""
    if not _end(reference, _State.CANCELLED, "You cancelled this."):
        raise Conflict(f"{reference.name} is not being read any more. Reload the page to see how it ended.")


def drop(reference: Reference, sentence: str, *, state: str = Reference.State.SKIPPED) -> bool:
    """It is not read, for this reason; it stays on the list. False when it is not waiting or being read any more."""
    return bool(_end(reference, state, sentence))


def again(reference: Reference) -> bool:
    """Put back in line what was called off before it was read. False when it stands otherwise."""
    done = Reference.objects.filter(pk=reference.pk, state__in=ENDED).update(state=_State.WAITING, trouble="", due_at=None)
    if done:
        tell(reference)
    return bool(done)


def give_up_interrupted() -> int:
    """Rows whose reader died say so. Their bytes went with the process that held them. How many there were."""
    overdue = Reference.objects.filter(state__in=[_State.WAITING, _State.READING], due_at__lt=clock.now())
    return sum(_end(reference, _State.FAILED, Interrupted.detail) for reference in overdue.select_related("interview"))


def tell(reference: Reference) -> None:
    """Let open pages know that a document has changed. Ids and states only."""
    stream.append(reference.interview.stream, "status", state="reference", reference=reference.label)


class _Progress:
    """Writes how far reading is, now and then, and asks as often whether it is still wanted (N-65)."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.last = time.monotonic()

    def told(self, done: int, of: int) -> None:
        if time.monotonic() - self.last < TELL_EVERY:
            return
        self.last = time.monotonic()
        if self._row().update(pages_done=min(done, of), pages=of):
            tell(self.reference)
        _let_go()

    def still_wanted(self) -> None:
        is_wanted = self._row().exists()
        _let_go()
        if not is_wanted:
            raise Stopped

    def _row(self) -> models.QuerySet[Reference]:
        return Reference.objects.filter(pk=self.reference.pk, state=_State.READING)


def _let_go() -> None:
    """Reading may take a minute; meanwhile another request can have the connection to the database."""
    if not connection.in_atomic_block:
        connection.close()


def _keep(reference: Reference, found: Extracted, *, size: int, digest: str) -> None:
    """Write what was read, unless the row was cancelled or removed, or the interview closed, in the meantime."""
    interview = reference.interview
    shared = guarded(interview.workspace_id, found.text)
    with transaction.atomic():
        hold(interview)
        others = interview.references.exclude(pk=reference.pk)
        if same := others.filter(sha256=digest).exclude(state__in=ENDED).first():
            raise BadInput(f"{reference.name} is attached already, as {same.name}.")
        held = others.aggregate(letters=Sum(Length("text")))["letters"] or 0
        if held + len(shared.text) > MAX_LETTERS:
            raise BadInput(
                f"The documents of this interview hold {held:,} letters; {MAX_LETTERS:,} fit. Remove one that matters less, "
                f"then attach {reference.name} again."
            )
        if not Interview.objects.filter(pk=interview.pk).exclude(state=Interview.State.CLOSED).exists():
            raise BadInput("The interview was closed before this was read. Take it up again to attach a document.")
        written = Reference.objects.filter(pk=reference.pk, state=_State.READING).update(
            state=_State.READ if found.is_read else _State.FAILED,
            media_type=found.kind.media_type,
            size=size,
            sha256=digest,
            text=shared.text if found.is_read else "",
            places=moved(found.places, found.text, shared.text),
            pages=found.pages,
            pages_done=0,
            trouble=found.trouble[:800],
            due_at=None,
            secrets_removed=Counter(reference.secrets_removed) + Counter(shared.removed),
        )
        if written:
            tell(reference)


def _end(reference: Reference, state: str, sentence: str) -> int:
    with transaction.atomic():
        under_way = Reference.objects.filter(pk=reference.pk, state__in=[_State.WAITING, _State.READING])
        ended = under_way.update(state=state, trouble=sentence[:800], due_at=None, pages_done=0)
        if ended:
            tell(reference)
    return ended


def _now(reference: Reference) -> Reference:
    """The row as it stands; as it was last known when it is gone."""
    fresh = Reference.objects.filter(pk=reference.pk).select_related("interview").first()
    if fresh is None:
        reference.state, reference.trouble = _State.CANCELLED, "It was removed before it was read."
        return reference
    return fresh


def measured(file: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256, a piece at a time."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(1024 * 1024):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()
