"""One document read by the reader of its kind. Runs in the child process."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from interviews.extraction import kinds, limits, recognition
from interviews.extraction.archives import directory_of
from interviews.extraction.faults import READ_WITH, Fault
from interviews.extraction.formats.plain import as_it_is
from interviews.extraction.kinds import Kind
from interviews.extraction.pieces import Piece, joined

Told = Callable[[int, int], None]
"""Called with how many pages (slides, sheets, files) are done and how many there are."""


@dataclass
class Read:
    """What a child writes down of one document."""

    text: str = ""
    places: list[tuple[int, str]] = field(default_factory=list)
    pages: int = 0
    faults: list[tuple[str, int]] = field(default_factory=list)
    parts: list[tuple[str, str, int]] = field(default_factory=list)
    """Files of a ZIP that were not read: name, fault, figure."""


def read(kind: Kind, file: BinaryIO, told: Told) -> Read:
    """Read ``file`` whole. Raises ``Fault``."""
    found = Read()

    def count(done: int, of: int) -> None:
        found.pages = of
        told(done, of)

    pieces = _of_archive(file, count, found) if kind.key == "zip" else _pieces(kind, file, count)
    reading = joined(pieces)
    found.text, found.places = reading.text, list(reading.places)
    if reading.is_cut:
        found.faults.append(("cut", 0))
    elif not found.text and not recognition.is_missed():
        found.faults.append(("no_words" if kind.key == "image" else "no_text", 0))
    found.faults += recognition.said(of_picture=kind.key == "image")
    if found.parts:
        found.faults.append(("parts", len(found.parts)))
    return found


def _pieces(kind: Kind, file: BinaryIO, told: Told) -> Iterator[Piece]:
    """The pieces of one document. Whatever a library stumbles over becomes one fault: these libraries raise nearly anything."""
    try:
        yield from reader_of(kind)(file, told)
    except (Fault, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a broken file, whatever the library calls it
        # libxml2 says "out of memory" as if it were a fault of the file.
        raise Fault("memory" if "out of memory" in str(error).lower() else "damaged") from None


def reader_of(kind: Kind) -> Callable[[BinaryIO, Told], Iterable[Piece]]:
    """The reader of a kind. Imported here: a child that reads a PDF need not know Excel."""
    if kind.key == "pdf":
        from interviews.extraction.formats import pdf

        return pdf.read
    if kind.key == "word":
        from interviews.extraction.formats import word

        return word.read
    if kind.key == "sheets":
        from interviews.extraction.formats import sheets

        return sheets.read
    if kind.key == "slides":
        from interviews.extraction.formats import slides

        return slides.read
    if kind.key == "image":
        from interviews.extraction.formats import image

        return image.read
    from interviews.extraction.formats import markup

    return {"html": markup.read_html, "svg": markup.read_svg}.get(kind.key, _as_it_is)


def _as_it_is(file: BinaryIO, told: Told) -> Iterator[Piece]:
    file.seek(0)
    reading = as_it_is(file.read(), has_headings=False)
    yield Piece(reading.text)


def _of_archive(file: BinaryIO, told: Told, found: Read) -> Iterator[Piece]:
    """The documents of a ZIP one after the other, each place with the name of its file. No archive inside is opened."""
    with directory_of(file) as archive:
        members = [member for member in archive.infolist() if _is_document(member)]
        if len(members) > limits.MAX_PARTS:
            raise Fault("members", len(members))
        if not members:
            raise Fault("nothing")
        read_some = False
        for number, member in enumerate(members):
            told(number, len(members))
            name = member.filename[-120:]
            try:
                inner, kind = _unpacked(archive, member)
                begun = False
                for piece in _pieces(kind, inner, lambda done, of: None):
                    if not begun:
                        yield Piece(f"# {name}", name)
                        begun = True
                    yield Piece(piece.text, f"{name}, {piece.place}" if piece.place else name)
                read_some = read_some or begun
                if not begun:
                    raise Fault("no_words" if kind.key == "image" else "no_text")
            except Fault as fault:
                found.parts.append((name, fault.code, fault.figure))
        told(len(members), len(members))
        if not read_some and all(code not in READ_WITH for _, code, _ in found.parts):
            raise Fault("nothing")


def _is_document(member: zipfile.ZipInfo) -> bool:
    """No folder, and none of what macOS and Windows put beside the files."""
    last = member.filename.rsplit("/", 1)[-1]
    return bool(last) and not member.filename.startswith("__MACOSX/") and not last.startswith(".") and last.lower() != "thumbs.db"


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[BinaryIO, Kind]:
    if member.file_size > limits.MAX_BYTES:
        raise Fault("large", member.file_size // (1024 * 1024))
    try:
        inner = io.BytesIO(archive.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError):
        raise Fault("damaged") from None
    kind = kinds.kind_of(inner, member.filename)
    if kind.key == "zip":
        raise Fault("nested")
    return inner, kind
