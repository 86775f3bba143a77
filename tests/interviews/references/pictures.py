"""Pictures that tests draw themselves, so that the words in them are known. The font is Pillow's own unless another is named."""

from __future__ import annotations

import ctypes
import io
import random
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageDraw, ImageFont
from pypdfium2 import raw

Colour = int | tuple[int, ...]


def drawn(
    *lines: str,
    size: tuple[int, int] = (760, 200),
    letters: int = 26,
    mode: str = "L",
    ground: Colour = 255,
    ink: Colour = 0,
    font: Path | None = None,
) -> Image.Image:
    """Lines of words on an even ground."""
    image = Image.new(mode, size, ground)
    pen = ImageDraw.Draw(image)
    face = ImageFont.truetype(font, letters) if font else ImageFont.load_default(size=letters)
    for number, line in enumerate(lines):
        pen.text((40, 30 + number * letters * 1.5), line, fill=ink, font=face)
    return image


def fur(width: int = 900, height: int = 600) -> Image.Image:
    """A picture without words: strokes of many greys every which way, with two round eyes."""
    chance = random.Random(7)
    image = Image.new("L", (width, height), 120)
    pen = ImageDraw.Draw(image)
    for _ in range(9_000):
        x, y = chance.randrange(width), chance.randrange(height)
        pen.line((x, y, x + chance.randint(-9, 9), y + chance.randint(4, 26)), fill=chance.randint(40, 210), width=2)
    for x in (width // 3, 2 * width // 3):
        pen.ellipse((x - 40, height // 3 - 30, x + 40, height // 3 + 30), fill=230, outline=10, width=6)
        pen.ellipse((x - 10, height // 3 - 28, x + 10, height // 3 + 28), fill=10)
    return image


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scans(*images: Image.Image) -> bytes:
    """A PDF whose pages are pictures and nothing else."""
    first, *others = images
    return saved(first, "PDF", resolution=150, save_all=True, append_images=others)


def typed_on(scans: bytes, words: str) -> bytes:
    """The PDF with words typed across its first page."""
    document = pdfium.PdfDocument(scans)
    page = document[0]
    line = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", ctypes.c_float(12))
    raw.FPDFText_SetText(line, ctypes.cast(ctypes.create_string_buffer(f"{words}\0".encode("utf-16-le")), raw.FPDF_WIDESTRING))
    raw.FPDFPageObj_Transform(line, 1, 0, 0, 1, 20, 10)
    raw.FPDFPage_InsertObject(page, line)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
