"""What the pages of a folder in an interview show."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import User
from connectors.contract import offered
from connectors.models import Connection
from interviews.flows import looking
from interviews.models import FolderFile, FolderReading, Interview, Reference

SHOWN = 300


@dataclass(frozen=True)
class Line:
    """One file as the page shows it."""

    file: FolderFile
    state: str
    """new, changed, known, chosen or skipped."""
    reference: Reference | None = None
    """What was made of it, or of an earlier version of it."""


@dataclass
class FolderPage:
    reading: FolderReading
    lines: list[Line] = field(default_factory=list)
    chosen: list[Line] = field(default_factory=list)
    skipped: list[Line] = field(default_factory=list)
    total: int = 0
    skipped_total: int = 0
    search: str = ""

    @property
    def done(self) -> int:
        waiting = {Reference.State.WAITING, Reference.State.READING}
        return sum(1 for line in self.chosen if line.reference and line.reference.state not in waiting)

    @property
    def read(self) -> int:
        return sum(1 for line in self.chosen if line.reference and line.reference.state == Reference.State.READ)

    @property
    def may_go_on(self) -> bool:
        is_over = self.reading.state in {FolderReading.State.CANCELLED, FolderReading.State.FAILED}
        return is_over and self.reading.connection is not None and self.reading.connection.is_connected

    @property
    def open_lines(self) -> list[Line]:
        return [line for line in self.lines if line.state in {"new", "changed"}]


@dataclass(frozen=True)
class Folder:
    """A connected folder and the newest look into it for this interview."""

    connection: Connection
    reading: FolderReading | None


def folders(interview: Interview, viewer: User) -> list[Folder]:
    newest: dict[object, FolderReading] = {}
    for reading in interview.folder_readings.order_by("created_at"):
        newest[reading.connection_id] = reading
    rows = Connection.objects.visible_to(viewer)
    return [Folder(row, newest.get(row.pk)) for row in rows]


def may_read_folders(viewer: User) -> bool:
    """Whether the page of an interview offers folders at all."""
    return bool(offered()) or Connection.objects.visible_to(viewer).exists()


def folder_page(reading: FolderReading, search: str = "") -> FolderPage:
    """The files of one look: those to choose from, those that were chosen, those that are left out."""
    page = FolderPage(reading=reading, search=search)
    files = reading.files.select_related("reference")
    page.chosen = [Line(file, "chosen", file.reference) for file in files.exclude(reference=None)]
    left_out = files.filter(reference=None).exclude(skip="")
    page.skipped_total = left_out.count()
    page.skipped = [Line(file, "skipped") for file in left_out[:SHOWN]]
    open_files = files.filter(reference=None, skip="")
    if search:
        open_files = open_files.filter(name__icontains=search) | open_files.filter(path__icontains=search)
    page.total = open_files.count()
    known = known_documents(reading)
    page.lines = [line_of(reading, file, known) for file in open_files[:SHOWN]]
    return page


def known_documents(reading: FolderReading) -> dict[str, Reference]:
    """Documents of the interview by what their provider calls them; the newest version of each."""
    read = reading.interview.references.filter(state=Reference.State.READ).exclude(source_item="").order_by("created_at")
    return {reference.source_item: reference for reference in read}


def line_of(reading: FolderReading, file: FolderFile, known: dict[str, Reference]) -> Line:
    """How one file that was not chosen stands to what was read before."""
    before = known.get(looking.item_of(reading.connection, file.item)) if reading.connection else None
    if before is None:
        return Line(file, "new")
    return Line(file, "known" if before.source_version == file.version else "changed", before)
