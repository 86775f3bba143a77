"""PowerPoint presentations: the words on each slide, then its notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pptx
from pptx.util import Emu

from interviews.extraction import limits
from interviews.extraction.faults import Fault
from interviews.extraction.pieces import Piece

DEEPEST = 20
"""Groups inside groups that are followed."""


def read(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """The slides in their order. Raises ``Fault`` for too many."""
    file.seek(0)
    slides = list(pptx.Presentation(file).slides)
    if len(slides) > limits.MAX_PAGES:
        raise Fault("pages", len(slides))
    for number, slide in enumerate(slides, start=1):
        told(number - 1, len(slides))
        title = slide.shapes.title
        for shape in sorted(slide.shapes, key=lambda shape: (shape is not title, _top(shape))):
            for words in _words(shape):
                yield Piece(words, f"slide {number}")
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
            yield Piece(frame.text, f"slide {number}, notes")
    told(len(slides), len(slides))


def _top(shape: Any) -> tuple[int, int]:
    return shape.top or Emu(0), shape.left or Emu(0)


def _words(shape: Any, depth: int = 0) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        if depth < DEEPEST:
            for inner in shape.shapes:
                yield from _words(inner, depth + 1)
    elif getattr(shape, "has_table", False):
        for row in shape.table.rows:
            yield " | ".join(" ".join(cell.text.split()) for cell in row.cells if not cell.is_spanned)
    elif getattr(shape, "has_text_frame", False):
        yield "\n".join(paragraph.text.replace("\v", "\n") for paragraph in shape.text_frame.paragraphs)
