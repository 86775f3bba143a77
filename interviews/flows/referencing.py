"""A document the owner gives: its text is kept, its bytes are not.

The bytes are in an open file of the caller's while this runs, and nowhere else: not in a row, a task, a cache or a log (N-18).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
import unicodedata
from collections import Counter
from typing import BinaryIO

from django.db import models, transaction
from django.db.models import Sum
from django.db.models.functions import Length

from ground import clock, stream
from ground.errors import BadInput, Conflict, SpecStepError
from interviews.extraction import limits
from interviews.extraction.extracting import Extracted, extract
from interviews.extraction.faults import sentence
from interviews.extraction.kinds import UNKNOWN
from interviews.extraction.unnamed import unnamed
from interviews.flows.recalling import next_label
from interviews.flows.recording import hold
from interviews.models import Interview, Reference
from interviews.rules.placing import moved
from llm.errors import Stopped
from llm.guarding import guarded

MAX_BYTES = limits.MAX_BYTES
MAX_COUNT = 100
"""Documents of one interview that are read or being read; as many again may stand on its list because they could not be."""
MAX_LETTERS = 10_000_000
"""Of the text of all documents of one interview."""
PATIENCE = dt.timedelta(minutes=5)
"""Longer than the reading of one document can take, its wait for a turn included."""
TELL_EVERY = 0.7
"""Seconds between two notes of progress."""
_State = Reference.State


def add_reference(
    interview: Interview,
    *,
    name: str,
    data: bytes = b"",
    file: BinaryIO | None = None,
    source: str = Reference.Source.UPLOAD,
    source_item: str = "",
    source_version: str = "",
) -> Reference:
    """Keep the text of a document, given as ``data`` or as an open ``file``. Its facts are noted with the next reply.

    Secrets in its name and text are replaced first. Raises ``BadInput`` with one sentence for what cannot be read, is too large,
    is attached already, or is one too many; ``NotSearched``. Nothing is left of it then.
    """
    reference = attach(
        interview, name=name, data=data, file=file, source=source, source_item=source_item, source_version=source_version
    )
    if reference.state != _State.READ:
        reference.delete()
        raise BadInput(reference.trouble)
    return reference


def attach(
    interview: Interview,
    *,
    name: str,
    data: bytes = b"",
    file: BinaryIO | None = None,
    size: int = 0,
    source: str = Reference.Source.UPLOAD,
    source_item: str = "",
    source_version: str = "",
) -> Reference:
    """As ``add_reference``, but what cannot be read stays on the list with its sentence, until the owner takes it off.

    ``size`` is given when ``file`` holds only the beginning of what was sent. Raises ``BadInput`` as ``begin``.
    """
    if file is None:
        with unnamed(data) as made:
            return attach(interview, name=name, file=made, source=source, source_item=source_item, source_version=source_version)
    measured, digest = _measured(file)
    if size > MAX_BYTES:
        clean = guarded(interview.workspace_id, name_of(name)).text[:200]
        raise BadInput(sentence("large", clean, figure=-(-size // (1024 * 1024))))
    reference = begin(
        interview, name=name, size=measured, sha256=digest, source=source, source_item=source_item, source_version=source_version
    )
    return read(reference, file)


def begin(
    interview: Interview,
    *,
    name: str,
    size: int = 0,
    sha256: str = "",
    source: str = Reference.Source.UPLOAD,
    source_item: str = "",
    source_version: str = "",
    is_swept: bool = True,
) -> Reference:
    """The row of a document that is about to be read. ``is_swept`` False when it may wait longer than ``PATIENCE`` for its turn.

    Raises ``BadInput`` when the interview is closed, the document is attached already, or one too many.
    """
    # The name is shown, kept in messages and packages, and sent to models.
    guarded_name = guarded(interview.workspace_id, name_of(name))
    clean = guarded_name.text[:200]
    with transaction.atomic():
        hold(interview)
        if not Interview.objects.filter(pk=interview.pk).exclude(state=Interview.State.CLOSED).exists():
            raise BadInput("This interview is closed. Take it up again to attach a document.")
        if sha256:
            interview.references.filter(sha256=sha256, state__in=[_State.FAILED, _State.CANCELLED, _State.SKIPPED]).delete()
            if same := interview.references.filter(sha256=sha256).first():
                raise BadInput(f"{clean} is attached already, as {same.name}.")
        rows = interview.references
        if rows.filter(state__in=[_State.WAITING, _State.READING, _State.READ]).count() >= MAX_COUNT:
            raise BadInput(f"{MAX_COUNT} documents are attached; no more fit. Remove one that matters less.")
        if rows.count() >= 2 * MAX_COUNT:
            raise BadInput("The list of documents is full. Remove those that could not be read.")
        reference: Reference = Reference.objects.create(
            interview=interview,
            label=next_label(interview, "S"),
            name=clean,
            media_type=UNKNOWN.media_type,
            size=size,
            sha256=sha256,
            text="",
            state=_State.WAITING,
            due_at=clock.now() + PATIENCE if is_swept else None,
            source=source,
            source_item=source_item,
            source_version=source_version,
            secrets_removed=guarded_name.removed,
        )
        tell(reference)
    return reference


def read(reference: Reference, file: BinaryIO) -> Reference:
    """Read ``file`` into its row: the state says how it went. Does nothing when the row was cancelled meanwhile."""
    waiting = Reference.objects.filter(pk=reference.pk, state=_State.WAITING)
    if not waiting.update(state=_State.READING, due_at=clock.now() + PATIENCE):
        return _now(reference)
    tell(reference)
    try:
        size, digest = _measured(file)
        progress = _Progress(reference)
        found = extract(file, reference.name, told=progress.told, still_wanted=progress.still_wanted)
        _keep(reference, found, size=size, digest=digest)
    except Stopped:
        pass
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
    ended = Reference.objects.filter(pk=reference.pk, state__in=[_State.CANCELLED, _State.FAILED, _State.SKIPPED])
    done = ended.update(state=_State.WAITING, trouble="", due_at=None)
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


def name_of(name: str) -> str:
    """The last part of a file name as a person will recognise it, without what is invisible or turns the direction of writing."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        one for one in last if unicodedata.category(one) not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} and one not in _TURNS
    )
    return shown.strip()[:200] or "document"


_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"
"""Marks of direction (UAX 9): with them one kind of file can look like another. Joiners stay: words and signs need them."""


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

    def still_wanted(self) -> None:
        if not self._row().exists():
            raise Stopped

    def _row(self) -> models.QuerySet[Reference]:
        return Reference.objects.filter(pk=self.reference.pk, state=_State.READING)


def _keep(reference: Reference, found: Extracted, *, size: int, digest: str) -> None:
    """Write what was read, unless the row was cancelled or removed, or the interview closed, in the meantime."""
    interview = reference.interview
    shared = guarded(interview.workspace_id, found.text)
    with transaction.atomic():
        hold(interview)
        others = interview.references.exclude(pk=reference.pk)
        same = others.filter(sha256=digest).exclude(state=_State.FAILED).first()
        if same:
            raise BadInput(f"{reference.name} is attached already, as {same.name}.")
        held = others.aggregate(letters=Sum(Length("text")))["letters"] or 0
        if held + len(shared.text) > MAX_LETTERS:
            raise BadInput(
                f"The documents of this interview hold {held:,} letters; {MAX_LETTERS:,} fit. Remove one that matters less, "
                f"then attach {reference.name} again."
            )
        if not Interview.objects.filter(pk=interview.pk).exclude(state=Interview.State.CLOSED).exists():
            raise BadInput("The interview was closed before this was read. Take it up again to attach a document.")
        Reference.objects.filter(pk=reference.pk, state=_State.READING).update(
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


def _measured(file: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256, a piece at a time."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(1024 * 1024):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()
