"""Connected folders: which there are, what lies in one, and which files of it an interview is given."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Listed, Shape, Wish
from connectors import uses
from connectors.flows import disconnecting
from connectors.models import Connection
from interviews import folder_pages
from interviews.flows import looking
from interviews.models import FolderFile, FolderReading, Interview, Reference

MOST_FILES = 100
ReadingState = Literal["looking", "listed", "reading", "done", "failed", "cancelled"]


class FolderShape(Shape):
    """A folder that may be read, as lists show it."""

    id: uuid.UUID
    kind: Literal["onedrive", "sharepoint", "google_drive"] = Field(examples=["onedrive"])
    name: str = Field(examples=["Front desk"])
    state: Literal["connected", "expired", "revoked"] = Field(
        description="Only a connected one can be looked into; the others are authorised again in Settings, Integrations.",
        examples=["connected"],
    )
    needs_care: bool = Field(description="Nothing can renew its permission: it is authorised again by hand, before it ends.")
    created_at: dt.datetime
    read_at: dt.datetime | None = Field(description="When it was last looked into or read from.")


class FolderPage(Listed[FolderShape]):
    """Connected folders, the newest first."""


class FolderUse(Shape):
    """What one interview has of a folder."""

    interview_title: str = Field(examples=["Front desk of a clinic"])
    documents: list[str] = Field(description="Names of files that were read.", examples=[["opening-hours.docx"]])


class FolderDetail(FolderShape):
    """A folder with what was read from it."""

    uses: list[FolderUse]


class FolderFarewell(Shape):
    """What came of disconnecting a folder. SpecStep's own tokens are destroyed in each case."""

    told: bool = Field(description="The provider ended its permission.")
    can_be_told: bool = Field(description="The provider can be told; where it was not, it did not answer.")
    by_hand: str = Field(
        description="The provider's page on which the person can end the permission.", examples=["https://myapps.microsoft.com/"]
    )


class NewFolderReading(Wish):
    """Which folder to look into."""

    folder: uuid.UUID


class FolderReadingShape(Shape):
    """One look into a folder for an interview, and what was read of it."""

    id: uuid.UUID
    interview: uuid.UUID
    folder: uuid.UUID | None = Field(description="Null once the folder was disconnected.")
    folder_name: str = Field(examples=["Front desk"])
    state: ReadingState = Field(
        description="looking: its files are being listed. listed: choose what to read. reading: what was chosen is being read.",
        examples=["listed"],
    )
    seen: int = Field(description="Files listed so far.", examples=[12])
    trouble: str = Field(description="Why it was not finished; empty when all is well.", examples=[""])
    created_at: dt.datetime


class FolderReadingPage(Listed[FolderReadingShape]):
    """Looks into folders, the newest first."""


class FolderFileShape(Shape):
    """One file of a folder."""

    id: uuid.UUID
    name: str = Field(examples=["opening-hours.docx"])
    path: str = Field(description="Folders it lies in, from the connected one on.", examples=["Contracts/"])
    size: int = Field(description="Bytes.", examples=[18_432])
    state: Literal["new", "changed", "known", "chosen", "skipped"] = Field(
        description="new, or changed since it was read: can be chosen. known: read before, and the same. chosen: see reference. "
        "skipped: cannot be read, see skip.",
        examples=["new"],
    )
    skip: str = Field(description="Why it cannot be read; empty when it can.", examples=[""])
    reference: uuid.UUID | None = Field(description="The document that was made of it.")
    reading: str | None = Field(description="How far reading that document is: its state.", examples=["read"])
    trouble: str = Field(description="Why that document was not read, or what of it was not.", examples=[""])


class FolderFilePage(Listed[FolderFileShape]):
    """Files in the order in which they were found, and how the look into the folder stands."""

    reading: FolderReadingShape


class FileChoice(Wish):
    """Which files to read."""

    files: list[uuid.UUID] = Field(min_length=1, max_length=MOST_FILES, description="Their ids, as the list of files gives them.")


def listed(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> FolderPage:
    """Connected folders of the account."""
    items, more = asking.cut(Connection.objects.visible_to(caller.user), _folder_shape, limit=limit, cursor=cursor)
    return FolderPage(items=items, next=more)


def read(caller: Caller, folder: uuid.UUID) -> FolderDetail:
    """One folder with what was read from it."""
    row = asking.found(Connection.objects.all(), caller, folder)
    used = [FolderUse(interview_title=use.title, documents=[one.name for one in use.documents]) for use in uses.uses_of(row)]
    return FolderDetail(**_folder_fields(row), uses=used)


def disconnect(caller: Caller, folder: uuid.UUID, *, keep_documents: bool) -> FolderFarewell:
    """Let go of a folder at once; documents that were made of it stay or go, as asked."""
    row = asking.found(Connection.objects.select_related("workspace__owner"), caller, folder)
    told = disconnecting.disconnect(row, keep_documents=keep_documents, actor=caller.user, means=caller.means)
    return FolderFarewell(told=told.told, can_be_told=told.can_be_told, by_hand=told.by_hand)


def look(caller: Caller, interview: uuid.UUID, wish: NewFolderReading) -> FolderReadingShape:
    """Begin to list what is in a folder. Raises ``BadInput`` when the interview is closed, ``Conflict``."""
    row = asking.found(Interview.objects.all(), caller, interview)
    return _reading_shape(looking.look(row, asking.found(Connection.objects.all(), caller, wish.folder)))


def readings(caller: Caller, interview: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> FolderReadingPage:
    """Looks into folders for one interview."""
    rows = asking.found(Interview.objects.all(), caller, interview).folder_readings.all()
    items, more = asking.cut(rows, _reading_shape, limit=limit, cursor=cursor)
    return FolderReadingPage(items=items, next=more)


def reading(caller: Caller, pk: uuid.UUID) -> FolderReadingShape:
    """One look and how it stands."""
    return _reading_shape(_reading(caller, pk))


def files(caller: Caller, pk: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> FolderFilePage:
    """What was found in the folder."""
    row = _reading(caller, pk)
    known = folder_pages.known_documents(row)
    rows = row.files.select_related("reference").defer("reference__text", "reference__places")
    items, more = asking.cut(rows, lambda file: _file_shape(row, file, known), limit=limit, cursor=cursor, newest_first=False)
    return FolderFilePage(items=items, next=more, reading=_reading_shape(row))


def choose(caller: Caller, pk: uuid.UUID, wish: FileChoice) -> FolderReadingShape:
    """Put files in line to be read. Raises ``NotFound`` for one that is not in the list, ``BadInput``, ``Conflict``."""
    row = _reading(caller, pk)
    found = list(row.files.filter(pk__in=wish.files))
    if len(found) != len(set(wish.files)):
        raise asking.NotFound("Some of these files are not in this list. List its files to see which there are.")
    looking.choose(row, found)
    return reading(caller, pk)


def stop(caller: Caller, pk: uuid.UUID) -> FolderReadingShape:
    """Make no further request for it. Raises ``Conflict`` when it is not under way."""
    looking.stop(_reading(caller, pk))
    return reading(caller, pk)


def go_on(caller: Caller, pk: uuid.UUID) -> FolderReadingShape:
    """Take up what was stopped or failed where it was left. Raises ``BadInput``, ``Conflict``."""
    looking.go_on(_reading(caller, pk))
    return reading(caller, pk)


def _reading(caller: Caller, pk: uuid.UUID) -> FolderReading:
    return asking.found(FolderReading.objects.select_related("interview", "connection"), caller, pk)


def _folder_fields(row: Connection) -> dict[str, Any]:
    names = ("id", "kind", "state", "needs_care", "created_at", "read_at")
    return {name: getattr(row, name) for name in names} | {"name": row.folder_name}


def _folder_shape(row: Connection) -> FolderShape:
    return FolderShape(**_folder_fields(row))


def _reading_shape(row: FolderReading) -> FolderReadingShape:
    names = ("id", "folder_name", "state", "seen", "trouble", "created_at")
    named = {name: getattr(row, name) for name in names}
    return FolderReadingShape(**named, interview=row.interview_id, folder=row.connection_id)


def _file_shape(row: FolderReading, file: FolderFile, known: dict[str, Reference]) -> FolderFileShape:
    made = file.reference
    state = "chosen" if made else "skipped" if file.skip else folder_pages.line_of(row, file, known).state
    names = ("id", "name", "path", "size", "skip")
    return FolderFileShape(
        **{name: getattr(file, name) for name in names},
        state=state,
        reference=file.reference_id,
        reading=made.state if made else None,
        trouble=made.trouble if made else "",
    )
