"""Secrets in rows of SQL: the name stands in the list of columns, the value at the same place of a row.

``INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')`` of the standard, MySQL's ``REPLACE``, and the ``COPY ... FROM stdin`` of a
PostgreSQL dump, whose rows are parted by tabulators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm.redaction import naming
from llm.redaction.formats import Trigger
from llm.redaction.structures import Found
from llm.redaction.values import is_placeholder

TRIGGERS = tuple(
    Trigger(word, len(word), caseless=True) for word in ("insert into ", "replace into ", "insert ignore into ", "copy ")
)
MOST_ROWS = 60
_HEAD = re.compile(
    r"\s{0,4}[\w.\"`\[\]]{1,120}\s{0,4}\((?P<columns>[\w\s,.\"`\[\]]{1,2000})\)\s{0,8}(?:output[^\n]{0,80}\s{1,4})?"
    r"(?:(?P<rows>values)\s{0,8}|(?P<copy>from stdin)[^;\n]{0,80};\r?\n)",
    re.IGNORECASE | re.ASCII,
)
_BARE = re.compile(r"\s{0,4}(?P<table>[\w.\"`\[\]]{1,120})\s{0,4}values\s{0,8}(?=\()", re.IGNORECASE | re.ASCII)
_MADE = re.compile(r"create table (?:if not exists )?(?P<table>[\w.\"`\[\]]{1,120})\s{0,4}\(", re.IGNORECASE | re.ASCII)
_COLUMN = re.compile(r"(?:\A|,)\s{0,40}[\"`\[]?([A-Za-z_]\w{0,60})[\"`\]]?[ \t]+[A-Za-z]", re.ASCII)
_NO_COLUMN = frozenset(["primary", "key", "unique", "constraint", "index", "foreign", "check", "fulltext"])
_TOLD = re.compile(r"(?:--|#|/\*) ?(?:columns|cols|fields|spalten|columnas|colonnes)\s?[:=(] ?([\w`\", ]{3,400})", re.IGNORECASE)
FURTHEST = 20_000
"""Characters before a statement in which the making of its table is looked for."""
_CELL = re.compile(
    r"\s{0,40}(?:[NEneBb]?'(?P<quoted>(?:[^'\\]|\\.|''){0,4000})'|\"(?P<double>[^\"\n]{0,4000})\""
    r"|(?P<plain>[^,()'\"\s]{0,200}(?:\((?:[^()']|'[^'\n]{0,200}'){0,400}\))?(?:\s{1,2}[\w:]{1,20}){0,3}))\s{0,40}(?P<sign>[,)])",
    re.ASCII,
)
_NEXT_ROW = re.compile(r"\s{0,40},?\s{0,40}\(")
_DIGEST = re.compile(r"[0-9a-f]{32,128}|[0-9A-F]{32,128}|[$*{].*")
"""What a column for passwords holds that are kept as they should be."""


def row_values(text: str, end: int) -> Iterator[Found]:
    """The secrets in the rows of a statement; ``end`` is behind its first words."""
    head = _HEAD.match(text, end)
    if head is None:
        if bare := _BARE.match(text, end):
            columns = _declared(text, bare)
            if any(columns):
                yield from _listed(text, bare.end(), columns)
        return
    columns = [naming.of_secret(column.strip(' \t\r\n"`[]')) for column in head["columns"].split(",")]
    if any(columns):
        yield from (_copied if head["copy"] else _listed)(text, head.end(), columns)


def _declared(text: str, head: re.Match[str]) -> list[str | None]:
    """The columns of a statement that names none: as the table was made, or as a comment near by says."""
    for made in _MADE.finditer(text, max(0, head.start() - FURTHEST), head.start()):
        if made["table"].strip('"`[]') == head["table"].strip('"`[]'):
            body = text[made.end() : min(head.start(), made.end() + 8000)].partition(";")[0]
            names = [column[1] for column in _COLUMN.finditer(body) if column[1].lower() not in _NO_COLUMN]
            return [naming.of_secret(name) for name in names]
    if told := _TOLD.search(text, max(0, head.start() - 400), head.end() + 2000):
        return [naming.of_secret(name.strip(' \t`"')) for name in told[1].split(",")]
    return []


def _listed(text: str, at: int, columns: list[str | None]) -> Iterator[Found]:
    for _ in range(MOST_ROWS):
        opening = _NEXT_ROW.match(text, at)
        if opening is None:
            return
        at = opening.end()
        for number in range(len(columns) + 1):
            cell = _CELL.match(text, at)
            if cell is None:
                return
            group = "quoted" if cell["quoted"] is not None else "double" if cell["double"] is not None else ""
            if number < len(columns) and (kind := columns[number]) and group and _counts(cell[group], kind):
                yield cell.start(group), cell.end(group), kind
            at = cell.end()
            if cell["sign"] == ")":
                break


def _copied(text: str, at: int, columns: list[str | None]) -> Iterator[Found]:
    for _ in range(MOST_ROWS):
        stop = text.find("\n", at, at + 8000)
        stop = stop if stop >= 0 else min(len(text), at + 8000)
        cells = text[at:stop].rstrip("\r").split("\t")
        if len(cells) != len(columns):
            return
        for kind, cell in zip(columns, cells, strict=True):
            if kind and _counts(cell, kind):
                yield at, at + len(cell), kind
            at += len(cell) + 1
        at = stop + 1


def _counts(value: str, kind: str) -> bool:
    if is_placeholder(value) or " " in value or (kind == "password" and _DIGEST.fullmatch(value)):
        return False
    return naming.is_assigned(value, password=kind == "password")
