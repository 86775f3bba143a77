"""HTML and SVG by the standard library's parser, which loads nothing and knows no entities of the document's own."""

from __future__ import annotations

import encodings
import encodings.aliases
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from interviews.extraction.encodings import ENCODINGS
from interviews.extraction.faults import Fault
from interviews.extraction.formats.plain import decoded
from interviews.extraction.pieces import Piece, under_headings

_SILENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "select", "textarea", "canvas"}
_BLOCKS = {
    *(
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "nav",
        "address",
        "blockquote",
        "pre",
        "figure",
        "form",
    ),
    *(
        "figcaption",
        "fieldset",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "hr",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "caption",
        "br",
        "option",
    ),
    *("details", "summary", "body", "title", "text", "tspan", "desc"),
}
_VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
_UNCLOSED = {"p", "li", "dt", "dd", "tr", "td", "th", "option"}
"""Elements whose end tag may be left out: what comes after a hidden one is shown again."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,30})", re.I)


def read_html(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """Blocks under their headings; scripts, styles, comments and what the page hides are left out."""
    yield from _read(file, _Reader(_SILENT))


def read_svg(file: BinaryIO, told: Callable[[int, int], None]) -> Iterator[Piece]:
    """Title, description and the words drawn in an image."""
    yield from _read(file, _Reader({"script", "style", "metadata", "foreignobject"}))


def _read(file: BinaryIO, reader: _Reader) -> Iterator[Piece]:
    file.seek(0)
    reader.feed(_text(file.read()))
    reader.close()
    reader.end_block()
    yield from under_headings(reader.blocks)


def _text(data: bytes) -> str:
    """UTF-8, or what the page says it is, or what browsers take for a page that says nothing (HTML standard, 13.2.3.2)."""
    try:
        return decoded(data)
    except Fault:
        named = _CHARSET.search(data[:1024])
        return data.decode(_known(named[1].decode()) if named else "cp1252", "replace")


def _known(name: str) -> str:
    """The encoding a page names, if it is one of pages: any other would have to be loaded, and a child can load nothing."""
    wanted = encodings.normalize_encoding(name).lower()
    known = encodings.aliases.aliases.get(wanted, wanted)
    names = {encodings.normalize_encoding(one) for one in ENCODINGS}
    aliases = {encodings.aliases.aliases.get(one, one): one for one in names}
    return aliases.get(known, "cp1252")


class _Reader(HTMLParser):
    def __init__(self, silent: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.silent = silent
        self.blocks: list[tuple[str, bool]] = []
        self.line: list[str] = []
        self.level = 0
        self.muted: list[str] = []
        """Tags that are open inside of what is not shown, the outermost first."""
        self.is_preformatted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.muted and self.muted[0] in _UNCLOSED and _begins_a_block(tag):
            self.muted.clear()
        if self.muted:
            if tag == self.muted[0]:
                self.muted.append(tag)
            return
        if tag not in _VOID and (tag in self.silent or _is_hidden(attrs)):
            self.muted.append(tag)
            return
        if tag in {"td", "th"}:
            if any(word.strip() for word in self.line):
                self.line.append(" | ")
        elif _begins_a_block(tag):
            self.end_block()
            if tag == "li":
                self.line.append("- ")
            self.level = _HEADINGS.get(tag, 0)
            self.is_preformatted = tag == "pre" or (self.is_preformatted and tag == "br")

    def handle_endtag(self, tag: str) -> None:
        if self.muted:
            if tag == self.muted[0]:
                self.muted.pop()
            return
        if _begins_a_block(tag):
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self.muted:
            self.line.append(data)

    def end_block(self) -> None:
        """What was gathered becomes a block; blanks are those that a browser would show."""
        text = "".join(self.line)
        text = text.strip("\n") if self.is_preformatted else " ".join(text.split())
        if text.strip("- |"):
            self.blocks.append((f"{'#' * self.level} {text}" if self.level else text, bool(self.level)))
        self.line = []
        self.level = 0
        self.is_preformatted = False


def _begins_a_block(tag: str) -> bool:
    return tag in _BLOCKS or tag in _HEADINGS or tag in {"li", "tr"}


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    held = dict(attrs)
    style = (held.get("style") or "").replace(" ", "").lower()
    return "hidden" in held or "display:none" in style or "visibility:hidden" in style
