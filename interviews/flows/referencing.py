"""A document the owner gives: its text is kept, its bytes are not."""

from __future__ import annotations

import re
import unicodedata
from typing import BinaryIO

from django.db import transaction

from ground import clock
from ground.errors import BadInput
from interviews.extraction import limits
from interviews.extraction.faults import sentence
from interviews.extraction.kinds import UNKNOWN
from interviews.extraction.unnamed import unnamed
from interviews.flows.reading import ENDED, PATIENCE, measured, read, tell
from interviews.flows.recalling import next_label
from interviews.flows.recording import hold
from interviews.models import Interview, Reference
from llm.guarding import guarded

MAX_BYTES = limits.MAX_BYTES
MAX_COUNT = 100
"""Documents of one interview that are read or being read; as many again may stand on its list because they could not be."""
AT_ONCE = 6
"""Documents of one workspace that wait or are read at a time: a page sends two."""
_State = Reference.State


def add_reference(
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
    """Keep the text of a document, given as ``data`` or as an open ``file``. Its facts are noted with the next reply.

    ``size`` is given when ``file`` holds only the beginning of what was sent.
    Secrets in its name and text are replaced first. Raises ``BadInput`` with one sentence for what cannot be read, is too large,
    is attached already, or is one too many; ``NotSearched``. Nothing is left of it then.
    """
    reference = attach(
        interview,
        name=name,
        data=data,
        file=file,
        size=size,
        source=source,
        source_item=source_item,
        source_version=source_version,
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
    held, digest = measured(file)
    if size > MAX_BYTES:
        clean = guarded(interview.workspace_id, name_of(name)).text[:200]
        raise BadInput(sentence("large", clean, figure=-(-size // (1024 * 1024))))
    reference = begin(
        interview, name=name, size=held, sha256=digest, source=source, source_item=source_item, source_version=source_version
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
            interview.references.filter(sha256=sha256, state__in=ENDED).delete()
            if same := interview.references.filter(sha256=sha256).first():
                raise BadInput(f"{clean} is attached already, as {same.name}.")
        rows = interview.references
        if rows.filter(state__in=[_State.WAITING, _State.READING, _State.READ]).count() >= MAX_COUNT:
            raise BadInput(f"{MAX_COUNT} documents are attached; no more fit. Remove one that matters less.")
        if rows.count() >= 2 * MAX_COUNT:
            raise BadInput("The list of documents is full. Remove those that could not be read.")
        under_way = Reference.objects.filter(interview__workspace=interview.workspace_id, due_at__gt=clock.now())
        if is_swept and under_way.filter(state__in=[_State.WAITING, _State.READING]).count() >= AT_ONCE:
            raise BadInput(f"{AT_ONCE} of your documents are being read. Attach {clean} when one of them is done.")
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


def name_of(name: str) -> str:
    """The last part of a file name as a person will recognise it, without what is invisible or turns the direction of writing."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        one for one in last if unicodedata.category(one) not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} and one not in _TURNS
    )
    return shown.strip()[:200] or "document"


_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"
"""Marks of direction (UAX 9): with them one kind of file can look like another. Joiners stay: words and signs need them."""
