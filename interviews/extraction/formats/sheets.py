"""Excel workbooks: the values of each sheet, row by row, with their cells as places. Formulas count with their last result."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils import get_column_letter

from interviews.extraction import limits
from interviews.extraction.faults import Fault
from interviews.extraction.pieces import Piece

BLOCK = 400
"""Characters of rows that share a place: a place says where to look, not each row its own."""


def read(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """Blocks of rows, "value | value", each with its range of cells. Raises ``Fault`` for too many sheets."""
    file.seek(0)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "reset_dimensions")]
    if len(sheets) > limits.MAX_PAGES:
        raise Fault("pages", len(sheets))
    rows = 0
    for number, sheet in enumerate(sheets):
        told(number, len(sheets))
        # A sheet may claim sixteen thousand columns and a million rows: only what is there counts.
        sheet.reset_dimensions()
        yield Piece(f"# {sheet.title}", sheet.title)
        for block, seen in _blocks(sheet):
            yield block
            rows += seen
            if rows > limits.MAX_ROWS:
                return
    told(len(sheets), len(sheets))


def _blocks(sheet: Any) -> Iterator[tuple[Piece, int]]:
    lines: list[str] = []
    first = last = widest = length = seen = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        seen += 1
        cells = [_word(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            first, last, widest = first or number, number, max(widest, len(cells))
            line = " | ".join(cells)
            lines.append(line)
            length += len(line)
        if length > BLOCK or seen > 10_000:
            yield Piece("\n".join(lines), _place(sheet.title, first, last, widest)), seen
            lines, first, last, widest, length, seen = [], 0, 0, 0, 0, 0
    if seen:
        yield Piece("\n".join(lines), _place(sheet.title, first, last, widest)), seen


def _place(title: str, first: int, last: int, widest: int) -> str:
    return f"{title}, A{first}:{get_column_letter(max(1, widest))}{last}"


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, float):
        return f"{value:.12g}"
    return " ".join(str(value).split())


def warm_up() -> None:
    """Read a workbook of one cell: openpyxl loads parts of itself at first use."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, text in _ONE_CELL.items():
            book.writestr(name, text)
    list(read(file, lambda done, of: None))


_SCHEMAS = "http://schemas.openxmlformats.org"
_ONE_CELL = {
    "[Content_Types].xml": f'<Types xmlns="{_SCHEMAS}/package/2006/content-types"><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_SCHEMAS}/package/2006/relationships"><Relationship Id="a" Target="xl/workbook.xml" '
    f'Type="{_SCHEMAS}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_SCHEMAS}/spreadsheetml/2006/main" '
    f'xmlns:r="{_SCHEMAS}/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_SCHEMAS}/package/2006/relationships"><Relationship Id="a" '
    f'Target="worksheets/sheet1.xml" Type="{_SCHEMAS}/officeDocument/2006/relationships/worksheet"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SCHEMAS}/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" '
    't="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>',
}
