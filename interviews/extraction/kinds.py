"""What kind of document some bytes are, by what stands in them. A name only tells Markdown from other text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from interviews.extraction.archives import directory_of
from interviews.extraction.faults import Fault

HEAD = 4096
_OFFICE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """``key`` names the reader, ``media_type`` goes to the row, ``words`` to the page."""

    key: str
    media_type: str
    words: str


PDF = Kind("pdf", "application/pdf", "PDF")
WORD = Kind("word", f"{_OFFICE}wordprocessingml.document", "Word document")
SHEETS = Kind("sheets", f"{_OFFICE}spreadsheetml.sheet", "Excel workbook")
SLIDES = Kind("slides", f"{_OFFICE}presentationml.presentation", "PowerPoint presentation")
HTML = Kind("html", "text/html", "web page")
MARKDOWN = Kind("markdown", "text/markdown", "Markdown")
TEXT = Kind("text", "text/plain", "text")
SVG = Kind("svg", "image/svg+xml", "SVG image")
ZIP = Kind("zip", "application/zip", "ZIP")
UNKNOWN = Kind("unknown", "application/octet-stream", "file")
IMAGES = {
    "png": Kind("image", "image/png", "PNG image"),
    "jpeg": Kind("image", "image/jpeg", "JPEG image"),
    "gif": Kind("image", "image/gif", "GIF image"),
    "webp": Kind("image", "image/webp", "WebP image"),
    "bmp": Kind("image", "image/bmp", "BMP image"),
    "tiff": Kind("image", "image/tiff", "TIFF image"),
    "heif": Kind("image", "image/heif", "HEIF image"),
}
BY_LIBRARY = (PDF, WORD, SHEETS, SLIDES, HTML, SVG, IMAGES["png"])
"""Kinds whose reader has code of its own to load."""
_ALL = (PDF, WORD, SHEETS, SLIDES, HTML, MARKDOWN, TEXT, SVG, ZIP, *IMAGES.values())
WORDS = {kind.media_type: kind.words for kind in _ALL}
"""How a media type is called on pages."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", IMAGES["png"]),
    (b"\xff\xd8\xff", IMAGES["jpeg"]),
    (b"GIF87a", IMAGES["gif"]),
    (b"GIF89a", IMAGES["gif"]),
    (b"II*\x00", IMAGES["tiff"]),
    (b"MM\x00*", IMAGES["tiff"]),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MAIN_PARTS = (("word/", WORD), ("xl/", SHEETS), ("ppt/", SLIDES))
# Atomic groups: a comment ends at its first "-->" and is never tried longer, or a few hundred of them would take for ever.
_BEFORE = rb"\A(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*>\s*+)?(?:(?><!--.{0,2000}?-->)\s*+)*+"
_HTML = re.compile(_BEFORE + rb"<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_SVG = re.compile(_BEFORE + rb"(?:<!doctype\s+svg[^>\[]*>\s*+)?<svg\b", re.I | re.S)
_MARKDOWN_NAMES = {".md", ".markdown", ".mdown"}


def kind_of(file: BinaryIO, name: str) -> Kind:
    """The kind of what is in ``file``. Raises ``Fault`` for what cannot be read by kind alone: empty, old, encrypted, unknown."""
    file.seek(0)
    head = file.read(HEAD)
    if not head.strip():
        raise Fault("empty" if not file.read(1) else "binary" if b"\x00" in head else "empty")
    found = _by_magic(file, head)
    if found:
        return found
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Fault("unknown")
    if _SVG.match(head):
        return SVG
    if _HTML.match(head):
        return HTML
    return MARKDOWN if PurePosixPath(name).suffix.lower() in _MARKDOWN_NAMES else TEXT


def _by_magic(file: BinaryIO, head: bytes) -> Kind | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return IMAGES["webp"]
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"heim", b"heis"}:
        return IMAGES["heif"]
    if head.startswith(b"BM") and len(head) > 18 and head[6:10] == b"\x00\x00\x00\x00":
        return IMAGES["bmp"]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_archive(file)
    if head.startswith(_OLE):
        file.seek(0)
        raise Fault("encrypted" if _ENCRYPTED_PACKAGE in file.read() else "old_office")
    if head.startswith(b"{\\rtf"):
        raise Fault("other_office")
    # ISO 32000-1, annex H: readers look for the header in the first 1,024 bytes.
    return PDF if b"%PDF-" in head[:1024] else None


def _in_archive(file: BinaryIO) -> Kind:
    """A ZIP is an Office document when it says so in its own table of contents (ECMA-376 part 2, 10.1)."""
    with directory_of(file) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names:
            for folder, kind in _MAIN_PARTS:
                if any(name.startswith(folder) for name in names):
                    return kind
            raise Fault("other_office")
        if "mimetype" in names and not _is_of_documents(archive):
            raise Fault("other_office")
    return ZIP


def _is_of_documents(archive: zipfile.ZipFile) -> bool:
    """OpenDocument and EPUB begin with a member that names their kind."""
    first = archive.infolist()[0]
    return first.filename != "mimetype" or first.file_size > 200
