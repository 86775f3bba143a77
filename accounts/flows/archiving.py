"""The zip of an account export: everything the register declares, as JSON and as CSV, and a README that names every field."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from accounts.flows import collecting
from accounts.flows.collecting import Column
from accounts.models import User
from accounts.rules.readme import Chapter, Field, LeftOut, Table, readme
from accounts.rules.trail import harmless
from ground import clock, register
from ground.register import DataClass

ENTRY_MEMORY = 4 * 1024 * 1024
"""Bytes of one CSV file that are kept in memory while it grows; more goes to a file without a name."""


def write(user: User, file: IO[bytes], *, alive: Callable[[], None] = lambda: None) -> None:
    """Write the archive of ``user``'s data into ``file``. ``alive`` is called after each page of rows and may raise to stop."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", _readme(user))
        for name, classes in _by_file():
            _one_file(archive, name, classes, user, alive)


def chapters() -> list[Chapter]:
    """What the README tells of, class by class."""
    return [
        Chapter(
            data.name,
            data.purpose,
            data.kept,
            data.export,
            tuple(Table(label, csv_name(data, label), tuple(map(_field, _columns(label, data)))) for label in data.models),
            without_content=any(collecting.shown(label) != _columns(label, data) for label in data.models),
            full=data.full,
        )
        for data in register.declared()
        if data.exported
    ]


def csv_name(data: DataClass, label: str) -> str:
    """Where the table of one kind of record stands: "packages/Run.csv"."""
    return f"{data.export.removesuffix('.json')}/{label.partition('.')[2]}.csv"


def _by_file() -> Iterator[tuple[str, list[DataClass]]]:
    exported = sorted((data for data in register.declared() if data.exported), key=lambda data: data.export)
    for name, classes in groupby(exported, key=lambda data: data.export):
        yield name, list(classes)


def _one_file(archive: zipfile.ZipFile, name: str, classes: list[DataClass], user: User, alive: Callable[[], None]) -> None:
    """One JSON file and, from the same pages of rows, its CSV files: both hold the same records."""
    tables = [(label, data) for data in classes for label in data.models]
    copies: list[tuple[str, IO[bytes]]] = []
    try:
        with archive.open(name, "w", force_zip64=True) as entry:
            for number, (label, data) in enumerate(tables):
                copy: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=ENTRY_MEMORY)  # noqa: SIM115  # closed below
                copies.append((csv_name(data, label), copy))
                entry.write(f"{',' if number else '{'}\n{json.dumps(label)}: [".encode())
                _records(entry, copy, label, data, user, alive)
                entry.write(b"]")
            entry.write(b"\n}\n")
        for csv_file, copy in copies:
            copy.seek(0)
            with archive.open(csv_file, "w", force_zip64=True) as table:
                while piece := copy.read(65_536):
                    table.write(piece)
    finally:
        for _, copy in copies:
            copy.close()


def _records(entry: IO[bytes], copy: IO[bytes], label: str, data: DataClass, user: User, alive: Callable[[], None]) -> None:
    columns = _columns(label, data)
    copy.write(_csv([column.attname for column in columns]))
    first = True
    for page in collecting.pages(label, data, user, columns=columns):
        for row in page:
            record = {column.attname: _value(column, row, user) for column in columns}
            text = json.dumps(record, cls=DjangoJSONEncoder, ensure_ascii=False)
            entry.write((b"\n" if first else b",\n") + text.encode())
            copy.write(_csv(_cell(value) for value in json.loads(text).values()))
            first = False
        alive()


def _columns(label: str, data: DataClass) -> tuple[Column, ...]:
    return collecting.described(label, data)


def _value(column: Column, row: models.Model, user: User) -> Any:
    value = column.value_from_object(row)
    # Who else had to do with it, an operator say, is that person's data.
    return None if column.related_model is User and value != user.pk else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _readme(user: User) -> str:
    left_out = [LeftOut(data.name, data.export) for data in register.declared() if not data.exported]
    return readme(
        chapters(),
        left_out,
        account=str(user.pk),
        made_at=f"{clock.now():%Y-%m-%d %H:%M}",
        contact=settings.CONTACT_EMAIL,
        address=settings.SITE_URL,
    )


def _field(column: Column) -> Field:
    if column.choices:
        known = ", ".join(f"`{value}` ({label})" for value, label in column.flatchoices if value)
        return Field(column.attname, f"one of {known}")
    if isinstance(column.related_model, type):
        return Field(column.attname, f"the id of a record of {column.related_model._meta.label}")
    for kind, words in KINDS:
        if isinstance(column, kind):
            return Field(column.attname, words)
    raise NotImplementedError(f"{column} is of a kind that the README has no words for.")


KINDS: tuple[tuple[Any, str], ...] = (
    (models.UUIDField, "an id"),
    (models.AutoField, "an id"),
    (models.DateTimeField, "a time"),
    (models.DateField, "a day"),
    (models.BooleanField, "true or false"),
    (models.DecimalField, "a number with decimals, as text"),
    (models.FloatField, "a number with decimals"),
    (models.IntegerField, "a whole number"),
    (models.EmailField, "an address for mails"),
    (models.JSONField, "a list or an object"),
    ((models.CharField, models.TextField), "text"),
)
