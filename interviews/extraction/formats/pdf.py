"""PDF by PDFium, page by page; of pages that are scans the words that are recognised."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from PIL import Image
from pypdfium2 import raw

from interviews.extraction import limits, recognition
from interviews.extraction.faults import Fault
from interviews.extraction.formats.image import paragraph
from interviews.extraction.pieces import Piece

FEW_LETTERS = 60
"""A page with fewer may be a scan with a stamp on it."""
COVERED = 0.25
"""The share of a page that pictures take, from which on it is taken for a scan."""
DOTS, MOST_DOTS = 200, 9_000_000
"""Dots an inch at which a page is drawn, and how many in all: A3 at 200."""
DEEPEST = 3
"""Forms inside forms in which pictures are looked for."""

# PDFium writes U+FFFE (older builds U+0002) where a word was divided at the end of a line.
_DIVIDED = re.compile("[\ufffe\u0002\u00ad]\r?\n?")
_WRAPPED = re.compile(r"(?<=[^\s.:;!?])[ \t]*\r?\n(?=[a-zà-ÿ0-9(])")


def read(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """The text of each page. Lines that only wrap are joined, so that a sentence can be quoted whole."""
    file.seek(0)
    try:
        document = pdfium.PdfDocument(file.read())
    except pdfium.PdfiumError as error:
        raise Fault("encrypted" if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD else "damaged") from None
    count = len(document)
    if count > limits.MAX_PAGES:
        raise Fault("pages", count)
    if not count:
        raise Fault("damaged")
    for number in range(count):
        told(number, count)
        yield _piece(document, number)
    told(count, count)


def _piece(document: pdfium.PdfDocument, number: int) -> Piece:
    place = f"page {number + 1}"
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return Piece("")  # one broken page does not take the others with it
    try:
        text = _text(page)
        if _letters(text) < FEW_LETTERS and _is_scan(page) and (recognised := _recognised(page)):
            # A title typed on a photo is better as it was typed than as it is recognised.
            if _letters(recognised) > 2 * _letters(text):
                return Piece(recognised, f"{place}, scanned")
            recognition.session().read -= 1
        return Piece(text, place)
    except pdfium.PdfiumError:
        return Piece("")
    finally:
        page.close()


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _text(page: pdfium.PdfPage) -> str:
    text = page.get_textpage()
    try:
        return _WRAPPED.sub(" ", _DIVIDED.sub("", text.get_text_bounded()))
    finally:
        text.close()


def _is_scan(page: pdfium.PdfPage) -> bool:
    """Pictures take a good part of it. One that is too large to be unpacked is left out."""
    covered = 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEEPEST):
        width, height = picture.get_px_size()
        if width * height > limits.MAX_PIXELS:
            recognition.session().left_out += 1
            return False
        left, bottom, right, top = picture.get_bounds()
        covered += abs((right - left) * (top - bottom))
    width, height = page.get_size()
    return bool(covered >= COVERED * width * height > 0)


def _recognised(page: pdfium.PdfPage) -> str:
    session = recognition.session()
    if session.is_over:
        session.left_out += 1
        return ""
    width, height = page.get_size()
    scale = min(DOTS / 72, (MOST_DOTS / (width * height)) ** 0.5)
    drawn = page.render(scale=scale, grayscale=True)
    try:
        size = (drawn.width, drawn.height)
        image = Image.frombuffer("L", size, bytes(drawn.buffer), "raw", "L", drawn.stride, 1)
    finally:
        drawn.close()
    blocks: dict[int, list[recognition.Line]] = {}
    for line in session.lines(image, dpi=int(72 * scale)):
        blocks.setdefault(line.block, []).append(line)
    return "\n".join(paragraph(block) for block in blocks.values())
