"""Pictures by Pillow: the words recognised in them, paragraph by paragraph, each with its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from interviews.extraction import limits, recognition
from interviews.extraction.faults import Fault
from interviews.extraction.pieces import Piece
from interviews.extraction.recognition import Line

FORMATS = [
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        GifImagePlugin.GifImageFile,
        WebPImagePlugin.WebPImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
        AvifImagePlugin.AvifImageFile,
    )
]
"""The only formats Pillow may look for: it knows forty, some of which start programs."""
_DIVIDED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])")
_WRAPPED = re.compile(r"(?<=[^\s.:;!?])\n(?=[a-zà-ÿ0-9(])")

assert MpoImagePlugin  # what a camera adds to its JPEG files; Pillow would load it when it meets one
# One thread: a confined child can start none. Sizes are held against our own limit, which needs no warning.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
Image.MAX_IMAGE_PIXELS = None
Image._initialized = 2  # all formats we want are loaded; the rest is not to be looked for


def read(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """The words of a picture, or of each page of a TIFF. Raises ``Fault`` for what has too many pixels."""
    session = recognition.session()
    file.seek(0)
    try:
        image = Image.open(file, formats=[name for name in FORMATS if name])
    except UnidentifiedImageError:
        raise Fault("heif" if _is_heif(file) else "damaged") from None
    with image:
        pages = _pages(image)
        for number in range(pages):
            told(number, pages)
            if session.is_over:
                session.left_out += pages - number
                break
            if number:
                image.seek(number)
            page = f"page {number + 1}, " if pages > 1 else ""
            yield from _pieces(session.lines(upright(image)), f"image, {page}")
        told(pages, pages)


def _is_heif(file: BinaryIO) -> bool:
    """A relative of AVIF (ISO/IEC 23008-12) that Pillow cannot unpack, as phones write it."""
    file.seek(4)
    return file.read(4) == b"ftyp"


def upright(image: Image.Image) -> Image.Image:
    """The picture unpacked, turned as its camera says. Raises ``Fault``."""
    if image.width * image.height > limits.MAX_PIXELS:
        raise Fault("pixels", image.width * image.height // 1_000_000)
    image.load()
    return ImageOps.exif_transpose(image)


def _pages(image: Image.Image) -> int:
    """Of a TIFF. Of a moving picture only the first frame counts. Raises ``Fault`` when there are too many."""
    if image.format != "TIFF":
        return 1
    for number in range(1, limits.MAX_PAGES + 1):
        try:
            image.seek(number)
        except EOFError:
            image.seek(0)
            return number
    raise Fault("pages", limits.MAX_PAGES + 1)


def _pieces(lines: list[Line], place: str) -> Iterator[Piece]:
    """Paragraphs with the numbers of their lines, counted from the top of the picture."""
    number = 1
    for _, together in groupby(lines, key=lambda line: line.block):
        block = list(together)
        last = number + len(block) - 1
        yield Piece(paragraph(block), f"{place}line {number}" if last == number else f"{place}lines {number}-{last}")
        number = last + 1


def paragraph(lines: list[Line]) -> str:
    """Lines as one text; those that only wrap are joined, so that a sentence can be quoted whole."""
    return _WRAPPED.sub(" ", _DIVIDED.sub("", "\n".join(line.text for line in lines)))
