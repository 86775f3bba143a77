"""The example that a visitor can read whole: a package as SpecStep wrote it from samples/clinic.yaml."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from django.urls import reverse

from generation.rules import reading, shelves

ARCHIVE = Path(__file__).resolve().parent.parent / "samples" / "packages" / "clinic-booking-desk.zip"


@cache
def files() -> dict[str, str]:
    """Text by path."""
    with zipfile.ZipFile(io.BytesIO(ARCHIVE.read_bytes())) as archive:
        return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def shelves_at(path: str) -> list[shelves.Shelf]:
    """The files in the order of a reader, with the shelf of ``path`` open."""
    return shelves.shelved(files(), path)


def address(path: str) -> str | None:
    """Where a file of the example can be read; None when there is no such file."""
    return reverse("public:example_document", args=[path]) if path in files() else None


def parts(path: str) -> list[tuple[str, str]]:
    """The document as parts: ("html", cleaned HTML), ("source", text of a diagram or a file that a machine reads)."""
    text = files()[path]
    if not path.endswith(".md"):
        return [("source", text)]
    return [(kind if kind == "html" else "source", part) for kind, part in reading.markdown(text, path, address, _place)]


def _place(label: str) -> str | None:
    """Where an id such as A-012 or REQ-003 is defined."""
    path, mark, anchor = _places().get(label, "").partition("#")
    found = address(path)
    return f"{found}{mark}{anchor}" if found else None


@cache
def _places() -> dict[str, str]:
    return reading.places(files())
