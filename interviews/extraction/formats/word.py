"""Word documents: paragraphs, lists and tables in their order, then foot- and endnotes. What was struck out is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from interviews.extraction.pieces import Piece, under_headings

_P, _TBL, _SDT, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:sdt"), qn("w:tr"), qn("w:tc")
_WRITTEN = {qn("w:t"): None, qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# A text box is written twice: as it is, and for readers that do not know it.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), _FALLBACK}
_INSIDE = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")}
_NOTES = ("footnotes+xml", "endnotes+xml")


def read(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """Blocks of the document's body, each under its heading."""
    file.seek(0)
    document = docx.Document(file)
    levels = _levels(document)
    yield from under_headings(_blocks(document.element.body, levels))
    for part in document.part.package.iter_parts():
        if part.content_type.endswith(_NOTES):
            for note in parse_xml(part.blob):
                yield Piece(" ".join(_text(paragraph) for paragraph in note.iter(_P)), "footnotes")


def _levels(document: Any) -> dict[str, int]:
    """Style ids to levels of heading, by outline level or by name."""
    found: dict[str, int] = {}
    for style in document.styles.element.iter(qn("w:style")):
        name = style.find(qn("w:name"))
        named = (name.get(qn("w:val")) or "").lower() if name is not None else ""
        outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        level = (outline.get(qn("w:val")) or "") if outline is not None else ""
        if level.isdigit() and int(level) < 9:
            found[style.get(qn("w:styleId")) or ""] = int(level) + 1
        elif named == "title" or named.startswith("heading "):
            found[style.get(qn("w:styleId")) or ""] = int(named[8:9]) if named[8:9].isdigit() else 1
    return found


def _blocks(parent: Any, levels: dict[str, int]) -> Iterator[tuple[str, bool]]:
    for child in parent:
        if child.tag == _P:
            text = _text(child).strip()
            level = levels.get(_style(child), 0)
            if level and text:
                yield f"{'#' * min(level, 6)} {' '.join(text.split())}", True
            else:
                yield (f"- {text}" if text and child.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None else text), False
        elif child.tag == _TBL:
            yield from ((row, False) for row in _rows(child))
        elif child.tag in _INSIDE:
            yield from _blocks(child, levels)


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return str(style.get(qn("w:val")) or "") if style is not None else ""


def _rows(table: Any) -> Iterator[str]:
    for row in table.iter(_TR):
        cells = [" ".join(" ".join(_text(paragraph).split()) for paragraph in cell.iter(_P)).strip() for cell in row.iter(_TC)]
        if any(cells):
            yield " | ".join(cells)


def _text(paragraph: Any) -> str:
    """The words of a paragraph with those in links, fields, insertions and text boxes. Walked without recursion."""
    written: list[str] = []
    waiting = [iter(paragraph)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in _WRITTEN:
            written.append(_WRITTEN[child.tag] or child.text or "")
        elif child.tag not in _SKIPPED:
            if child.tag == _P and written:
                written.append("\n")
            waiting.append(iter(child))
    return "".join(written)
