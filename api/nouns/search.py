"""Words are looked for in packages: in requirements and in the documents people read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Literal

from django.db.models import Q
from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Shape
from generation.models import Document, Package
from generation.rules import shelves
from ground.errors import BadInput

WORDS = 8
LONGEST = 200
AROUND = 160
"""Letters of a line that are shown."""
FILES = 200
"""Documents that are looked through for one search."""
READ = (".md", ".feature", ".csv")
"""Kinds of files that are looked in; the others are for programs."""


class Hit(Shape):
    """A line that holds the words."""

    package: uuid.UUID
    title: str = Field(description="Of the package.", examples=["Front desk of a clinic"])
    kind: Literal["requirement", "document"]
    path: str = Field(description="The document it stands in.", examples=["docs/requirements.md"])
    name: str = Field(description="Id of the requirement, or the heading above the line.", examples=["REQ-014"])
    line: int = Field(description="Counts from 1.", examples=[37])
    text: str = Field(examples=["When a patient books, the Desk shall show the number within 2 seconds."])


class Hits(Shape):
    """What was found, requirements first."""

    text: str
    items: list[Hit]
    more: bool = Field(description="There is more than was asked for: look for more words, or in one package.")


def search(caller: Caller, text: str, *, package: uuid.UUID | None = None, limit: int = 20) -> Hits:
    """Lines that hold all words of ``text``, in one package or in all of the account, the newest package first.

    Raises ``BadInput`` for no word, more than 8, or a limit out of 1 to 100.
    """
    words = text.casefold().split()
    if not words or len(words) > WORDS or len(text) > LONGEST or "\x00" in text:
        raise BadInput(f"Look for 1 to {WORDS} words, together at most {LONGEST} letters.")
    if not 1 <= limit <= asking.MOST:
        raise BadInput(f"limit is {limit}. Ask for 1 to {asking.MOST} hits.")
    rows = Document.objects.visible_to(caller.user)
    if package:
        rows = rows.filter(package=asking.found(Package.objects.defer("model"), caller, package))
    held = reduce(and_, (Q(text__icontains=word) for word in words))
    kinds = reduce(lambda one, other: one | other, (Q(path__endswith=end) for end in READ))
    # A word stands in another file than the next one; a line has to hold all of them.
    files = rows.filter(held & kinds).select_related("package").defer("package__model").order_by("-package_id", "path")[:FILES]
    found = [hit for file in files for hit in _lines(file, words)]
    found.sort(key=lambda hit: hit.kind != "requirement")
    return Hits(text=text, items=found[:limit], more=len(found) > limit)


def _lines(file: Document, words: list[str]) -> Iterator[Hit]:
    heading = ""
    for number, line in enumerate(file.text.splitlines(), start=1):
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        folded = line.casefold()
        if all(word in folded for word in words):
            label = heading.split(" ")[0].rstrip(":,.")
            is_requirement = file.path == "docs/requirements.md" and label.startswith(("REQ-", "NFR-"))
            yield Hit(
                package=file.package_id,
                title=file.package.title,
                kind="requirement" if is_requirement else "document",
                path=file.path,
                name=label if is_requirement else heading or shelves.name(file.path),
                line=number,
                text=_around(line.strip(), words[0]),
            )


def _around(line: str, word: str) -> str:
    """The line, cut around the word where it is long."""
    if len(line) <= 2 * AROUND:
        return line
    place = max(0, line.casefold().find(word) - AROUND)
    return f"{'… ' if place else ''}{line[place : place + 2 * AROUND]} …"
