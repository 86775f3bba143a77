"""Documents made by hand or with the writers' own libraries, so that what stands in them is known."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence

import docx
import openpyxl
import pptx
from pptx.util import Inches


def pdf(pages: Iterable[str | Sequence[str]]) -> bytes:
    """A PDF 1.4 with one line of text or several on each page, in Helvetica."""
    lines = [[page] if isinstance(page, str) else list(page) for page in pages]
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for page in lines:
        words = b"BT /F1 12 Tf 14 TL 72 740 Td " + b" T* ".join(b"(" + _escaped(line) + b") Tj" for line in page) + b" ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(words), words))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return _written(objects)


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password: a standard security handler whose keys fit no password."""
    data = pdf(["secret"])
    extra = b"/Encrypt<</Filter/Standard/V 1/R 2/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">/P -4>>/ID[<00><00>]"
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R" + extra)


def _escaped(line: str) -> bytes:
    return line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _written(objects: list[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, held in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, held))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def word(*blocks: str | list[list[str]]) -> bytes:
    """A Word document of paragraphs, headings ("# Returns") and tables."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, list):
            table = document.add_table(len(block), len(block[0]))
            for row, cells in zip(table.rows, block, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
        elif block.startswith("# "):
            document.add_heading(block[2:], level=1)
        else:
            document.add_paragraph(block)
    return _saved(document)


def sheets(**given: list[list[object]]) -> bytes:
    """A workbook of sheets by name."""
    book = openpyxl.Workbook(write_only=True)
    for title, rows in given.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return _saved(book)


def slides(*given: tuple[str, str, str]) -> bytes:
    """A presentation of slides: title, text, notes."""
    deck = pptx.Presentation()
    for title, words, notes in given:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(1)).text_frame.text = words
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return _saved(deck)


def archive(**members: bytes) -> bytes:
    """A ZIP; names are given with "__" for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in members.items():
            written.writestr(name.replace("__", "."), data)
    return out.getvalue()


def png(width: int = 3, height: int = 2) -> bytes:
    """A PNG whose header says so many pixels; its data hold a few."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + b"\xff\x00\x00" * min(width, 3) for _ in range(min(height, 2))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
