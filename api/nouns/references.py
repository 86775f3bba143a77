"""Documents that were given to an interview: their text is kept, their bytes are not."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import BinaryIO, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import WRITTEN, Label, Listed, Shape, Wish
from interviews.flows import reading, referencing, removing
from interviews.models import Interview, Reference

LARGEST = referencing.MAX_BYTES
"""Bytes of one file."""
LONGEST = 2_000_000
"""Letters of one reference that is given as text."""


class ReferenceShape(Shape):
    """A document as lists show it."""

    id: uuid.UUID
    label: Label
    interview: uuid.UUID
    name: str = Field(examples=["opening-hours.md"])
    media_type: str = Field(examples=["text/markdown"])
    size: int = Field(description="Bytes as received.", examples=[1024])
    sha256: str = Field(
        description="Of the bytes as received.", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    secrets_removed: dict[str, int] = Field(description="Kinds of secrets that were taken out, and how many.", examples=[{}])
    precedence: Literal["above", "below"] = Field(description="Whether it wins over answers that differ.", examples=["below"])
    state: Literal["waiting", "reading", "read", "skipped", "failed", "cancelled"] = Field(
        description="How far reading its text is.", examples=["read"]
    )
    trouble: str = Field(description="Why it was not read, or what of it was not; empty when all is well.", examples=[""])
    pages: int | None = Field(description="Pages, slides, sheets, or files of a ZIP; null where there is no such thing.")
    source: Literal["upload", "paste", "answers_file", "onedrive", "sharepoint", "google_drive"] = Field(
        description="Where it came from.", examples=["upload"]
    )
    is_read: bool = Field(description="Whether its facts were noted.")
    created_at: dt.datetime


class ReferenceDetail(ReferenceShape):
    """A document with its text."""

    text: str


class ReferencePage(Listed[ReferenceShape]):
    """Documents in the order in which they were given."""


class RemovedReference(Shape):
    """What went with a document."""

    name: str = Field(examples=["opening-hours.md"])
    notes: int = Field(description="Facts that rested on it.", examples=[4])
    back: int = Field(description="Facts that had been set aside because of it and hold again.", examples=[0])
    topics: int = Field(description="Topics that stand otherwise than before.", examples=[2])
    unsigned: bool = Field(description="The anchor quoted it and has to be signed again.")
    sentence: str = Field(description="The same for a person.", examples=["opening-hours.md is removed."])


class NewReference(Wish):
    """A document as text. Its name says how it is read: .md, .markdown or .txt."""

    name: str = Field(min_length=1, max_length=200, pattern=WRITTEN, examples=["opening-hours.md"])
    text: str = Field(
        min_length=1, max_length=LONGEST, pattern=WRITTEN, examples=["# Opening hours\n\nMonday to Friday, 8:00 to 18:00.\n"]
    )


def listed(caller: Caller, interview: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> ReferencePage:
    """Documents of one interview, without their texts."""
    rows = asking.found(Interview.objects.all(), caller, interview).references.defer("text")
    items, more = asking.cut(rows, _shape, limit=limit, cursor=cursor, newest_first=False)
    return ReferencePage(items=items, next=more)


def read(caller: Caller, reference: uuid.UUID) -> ReferenceDetail:
    """One document with its text."""
    row = asking.found(Reference.objects.all(), caller, reference)
    return ReferenceDetail(**_shape(row).model_dump(), text=row.text)


def attach(caller: Caller, interview: uuid.UUID, *, name: str, file: BinaryIO, size: int = 0) -> ReferenceDetail:
    """Give a document of any usual kind to an interview; its facts are noted with the next reply. Raises ``BadInput``.

    ``size``: of what was sent, where ``file`` holds only its beginning.
    """
    row = asking.found(Interview.objects.all(), caller, interview)
    return read(caller, referencing.add_reference(row, name=name, file=file, size=size).pk)


def attach_text(caller: Caller, interview: uuid.UUID, wish: NewReference) -> ReferenceDetail:
    """The same with its text."""
    row = asking.found(Interview.objects.all(), caller, interview)
    return read(caller, referencing.add_reference(row, name=wish.name, data=wish.text.encode()).pk)


def cancel(caller: Caller, reference: uuid.UUID) -> ReferenceDetail:
    """Stop reading it; it stays on the list. Raises ``Conflict`` when it is not being read any more."""
    reading.cancel(asking.found(Reference.objects.select_related("interview"), caller, reference))
    return read(caller, reference)


def remove(caller: Caller, reference: uuid.UUID) -> RemovedReference:
    """Delete it with every note that rests on it. What packages of before quote of it stays in them."""
    row = asking.found(Reference.objects.select_related("interview"), caller, reference)
    gone = removing.remove(row)
    return RemovedReference(**{name: getattr(gone, name) for name in RemovedReference.model_fields})


def _shape(row: Reference) -> ReferenceShape:
    names = ("id", "label", "name", "media_type", "size", "sha256", "secrets_removed", "precedence", "created_at")
    standing = ("state", "trouble", "pages", "source")
    return ReferenceShape(
        **{name: getattr(row, name) for name in (*names, *standing)}, interview=row.interview_id, is_read=row.read_at is not None
    )
