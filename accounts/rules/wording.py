"""Texts of policies: Markdown with a few marks, as pages show it and as versions are compared. Pure.

Marks in a text:
    {contact}         a value of the configuration; the known names are ``VALUES``
    [[what we hold]]  on a line of its own: a table that the running service makes from its own declarations (``TABLES``)
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

VALUES = (
    "operator",
    "operator_form",
    "operator_site",
    "host",
    "contact",
    "privacy_email",
    "security_email",
    "dpa_email",
    "region",
)
TABLES = ("what we hold", "how long", "sub-processors", "transfers")
PRIVACY_SECTIONS = 11
ALIKE = 0.6
"""How much of two paragraphs has to be the same for the one to count as the other, changed."""
LONGEST = 120_000
"""Letters of one text."""

_TABLE = re.compile(r"^\[\[([a-z -]+)\]\][ \t]*$", re.MULTILINE)
_VALUE = re.compile(r"\{([a-z_]+)\}")
_NUMBERED = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A stretch of a text: HTML, or the name of a table that stands there."""

    html: str = ""
    table: str = ""


@dataclass(frozen=True)
class Heading:
    number: int
    title: str

    @property
    def anchor(self) -> str:
        return f"s{self.number}"


@dataclass(frozen=True)
class Change:
    """A paragraph of a comparison: ``kind`` is same, new, gone or changed; or left, where unchanged ones are left out."""

    kind: str
    text: str
    pieces: tuple[tuple[str, str], ...] = ()
    """Of one that was changed: its words in order, each stretch same, new or gone."""


def faults(text: str, *, document: str) -> list[str]:
    """What keeps this text from being published, as sentences; empty when it can be."""
    found = []
    if not text.strip():
        return ["The text is empty."]
    if len(text) > LONGEST:
        found.append(f"The text has {len(text):,} letters; {LONGEST:,} fit.")
    found += [f"Nothing is known as {{{name}}}. Known are: {', '.join(VALUES)}." for name in _strangers(_VALUE, text, VALUES)]
    found += [f"There is no table [[{name}]]. Known are: {', '.join(TABLES)}." for name in _strangers(_TABLE, text, TABLES)]
    numbers = [heading.number for heading in headings(text)]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("The sections are not numbered one after the other: “## 1. …”, “## 2. …”.")
    if document == "privacy":
        if len(numbers) != PRIVACY_SECTIONS:
            found.append(f"The privacy policy has {PRIVACY_SECTIONS} numbered sections; this text has {len(numbers)}.")
        found += [f"The table [[{name}]] is missing." for name in TABLES if name not in _TABLE.findall(text)]
    return found


def headings(text: str) -> list[Heading]:
    """The numbered sections, for the list beside the text."""
    return [Heading(int(number), title.strip()) for number, title in _NUMBERED.findall(text)]


def parts(text: str, values: Mapping[str, str]) -> list[Part]:
    """The text as it is shown, tables apart.

    Nothing in it is HTML, and it brings no picture: what looks like either is shown as it was written.
    """
    pieces = _TABLE.split(text)
    found = []
    for place, piece in enumerate(pieces):
        if place % 2:
            found.append(Part(table=piece))
        elif piece.strip():
            found.append(Part(html=_anchored(_markdown().render(filled(piece, values)))))
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values of the configuration."""
    return _VALUE.sub(lambda found: values.get(found[1], found[0]), text)


def compared(before: str, after: str) -> list[Change]:
    """Paragraph by paragraph what went, what came, and which words of a paragraph changed; of what stayed, the neighbours."""
    old, new = _paragraphs(before), _paragraphs(after)
    changes: list[Change] = []
    for operation, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if operation == "equal":
            changes += [Change("same", text) for text in old[a:b]]
        else:
            changes += _replaced(old[a:b], new[c:d])
    return _near(changes)


def _replaced(old: list[str], new: list[str]) -> list[Change]:
    """Where a paragraph became another that still looks like it, the two are shown as one."""
    changes: list[Change] = []
    for text in new:
        kept = [(place, difflib.SequenceMatcher(a=other.split(), b=text.split()).ratio()) for place, other in enumerate(old)]
        place, alike = max(kept, key=lambda one: one[1], default=(0, 0.0))
        if alike >= ALIKE:
            changes += [Change("gone", other) for other in old[:place]]
            changes.append(Change("changed", text, _words(old[place], text)))
            old = old[place + 1 :]
        else:
            changes.append(Change("new", text))
    return changes + [Change("gone", text) for text in old]


def _words(before: str, after: str) -> tuple[tuple[str, str], ...]:
    old, new = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    for operation, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if operation == "equal":
            pieces.append(("same", " ".join(old[a:b])))
            continue
        pieces += [("gone", " ".join(old[a:b]))] if b > a else []
        pieces += [("new", " ".join(new[c:d]))] if d > c else []
    return tuple(pieces)


def _near(changes: list[Change]) -> list[Change]:
    """One unchanged paragraph on each side of a change, and a mark where others were left out."""
    different = {place for place, change in enumerate(changes) if change.kind != "same"}
    kept: list[Change] = []
    for place, change in enumerate(changes):
        if different & {place - 1, place, place + 1}:
            kept.append(change)
        elif different and (not kept or kept[-1].kind != "left"):
            kept.append(Change("left", ""))
    return kept


def _paragraphs(text: str) -> list[str]:
    """As they are read: without the marks of Markdown, the address of a link behind its words."""
    lines = re.sub(r"(?m)^(\s*[-*] |\|)", r"\n\1", text.replace("\r\n", "\n"))
    return [_plain(" ".join(piece.split())) for piece in re.split(r"\n\s*\n", lines) if piece.strip()]


def _plain(text: str) -> str:
    text = re.sub(
        r"\[([^\[\]]+)\]\(([^()]+)\)", lambda found: found[1] if found[1] in found[2] else f"{found[1]} ({found[2]})", text
    )
    text = re.sub(r"^#+ ", "", re.sub(r"^[-*] ", "• ", text))
    return re.sub(r"\*\*|`", "", text)


def _strangers(mark: re.Pattern[str], text: str, known: tuple[str, ...]) -> list[str]:
    return sorted(set(mark.findall(text)) - set(known))


def _anchored(page: str) -> str:
    """Numbered headings get their places: "#s4" for "4. Who receives it", "#s4-1" for "4.1 Model providers"."""
    return re.sub(
        r"<(h[23])>(\d+)(?:\.(\d+))?(\.? )",
        lambda found: (
            f'<{found[1]} id="s{found[2]}{f"-{found[3]}" if found[3] else ""}">'
            f"{found[2]}{f'.{found[3]}' if found[3] else ''}{html.escape(found[4])}"
        ),
        page,
    )


@cache
def _markdown() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "typographer": True})
        .enable(["table", "smartquotes"])
        .disable(["image", "code", "html_block"])
    )
