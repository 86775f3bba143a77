"""The example that a visitor can read whole: a package as SpecStep wrote it from samples/clinic.yaml."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from django.urls import reverse

from generation.rules import reading

ARCHIVE = Path(__file__).resolve().parent.parent / "samples" / "packages" / "clinic-booking-desk.zip"
GROUPS = (
    ("Start here", ("README.md", "BRIEF.md", "AGENTS.md")),
    ("Documents", ("docs/",)),
    ("Decisions", ("adr/",)),
    ("Tests", ("features/",)),
    ("Plan", ("backlog/",)),
    ("Where it comes from", ("evidence/", "trace/")),
    ("How good it is", ("quality/",)),
    ("For programs", ("diagrams/", ".specstep/", "CLAUDE.md")),
)


@cache
def files() -> dict[str, str]:
    """Text by path."""
    with zipfile.ZipFile(io.BytesIO(ARCHIVE.read_bytes())) as archive:
        return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def contents() -> list[tuple[str, list[tuple[str, str]]]]:
    """The files as (group, [(path, address)])."""
    paths = sorted(files())
    groups = []
    for name, starts in GROUPS:
        found = [path for start in starts for path in paths if path == start or (start.endswith("/") and path.startswith(start))]
        groups.append((name, [(path, address(path) or "") for path in dict.fromkeys(found)]))
    return groups


def address(path: str) -> str | None:
    """Where a file of the example can be read; None when there is no such file."""
    return reverse("public:example_document", args=[path]) if path in files() else None


def parts(path: str) -> list[tuple[str, str]]:
    """The document as parts: ("html", cleaned HTML), ("source", text of a diagram or a file that a machine reads)."""
    text = files()[path]
    if not path.endswith(".md"):
        return [("source", text)]
    return [(kind if kind == "html" else "source", part) for kind, part in reading.markdown(text, path, address)]
