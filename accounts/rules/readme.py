"""The README of an account export, from the declarations that the export itself is made from: every file, every field (S-160)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field of a record."""

    name: str
    kind: str
    """What its values look like, in words."""


@dataclass(frozen=True)
class Table:
    """All records of one kind: a list in a JSON file, and a CSV file of its own."""

    label: str
    """Its key in the JSON file: "accounts.User"."""
    csv: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Chapter:
    """One class of personal data."""

    name: str
    purpose: str
    kept: str
    json: str
    tables: tuple[Table, ...]
    without_content: bool = False
    full: str = ""
    """Where its content is read, if it is not in here."""


@dataclass(frozen=True)
class LeftOut:
    """A class of data that is not in the export, and why."""

    name: str
    why: str


def readme(
    chapters: Iterable[Chapter], left_out: Iterable[LeftOut], *, account: str, made_at: str, contact: str, address: str
) -> str:
    """Markdown. ``made_at`` is a time in words, UTC; ``address`` that of the service."""
    return "\n".join(
        [
            "# Your data at SpecStep",
            "",
            f"Everything SpecStep holds about the account {account}, as it was on {made_at} UTC.",
            "",
            "- Each kind of data is a JSON file. Its keys are kinds of records; under each stands the list of its records.",
            "- The same records stand in CSV files, one for each kind of record, in a folder of the same name.",
            "- Both are UTF-8. Times are in UTC, in the form of ISO 8601. An empty field is `null` in JSON and empty in CSV.",
            "- In CSV a list or an object is written as JSON, and a cell that a spreadsheet would run begins with an apostrophe.",
            "- Ids connect records: `workspace_id` in one file is the `id` of your workspace in `account.json`.",
            "- Keys, tokens, passwords, codes and what is made from them are in no file. People other than you are left out.",
            "",
            *(line for chapter in chapters for line in _chapter(chapter, address)),
            "## What is not in here",
            "",
            *(f"- **{one.name}**: {one.why}." for one in left_out),
            "- **Keys and tokens**: SpecStep keeps them sealed or as fingerprints, and hands out neither.",
            "",
            f"Questions: {contact}",
            "",
        ]
    )


def _chapter(chapter: Chapter, address: str) -> list[str]:
    lines = [f"## {chapter.name}: `{chapter.json}`", "", chapter.purpose, "", f"Kept: {chapter.kept}.", ""]
    if chapter.without_content:
        where = chapter.full or "on its page"
        lines += [f"Here without what you wrote and what was written from it. Read that {where} ({address}).", ""]
    for table in chapter.tables:
        lines += [f"### `{table.label}`: `{table.csv}`", ""]
        lines += [f"- `{field.name}`: {field.kind}" for field in table.fields]
        lines.append("")
    return lines
