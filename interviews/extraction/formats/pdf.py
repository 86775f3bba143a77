"""PDF by PDFium, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from interviews.extraction import limits
from interviews.extraction.faults import Fault
from interviews.extraction.pieces import Piece

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
        yield Piece(_text(document, number), f"page {number + 1}")
    told(count, count)


def _text(document: pdfium.PdfDocument, number: int) -> str:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return ""  # one broken page does not take the others with it
    try:
        text = page.get_textpage()
        try:
            return _WRAPPED.sub(" ", _DIVIDED.sub("", text.get_text_bounded()))
        finally:
            text.close()
    except pdfium.PdfiumError:
        return ""
    finally:
        page.close()
