"""Documents as a browser may show them: Markdown to HTML that is cleaned, whatever a model wrote into it."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from functools import cache

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

_TAGS = {*"a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s strong sub sup".split()} | {
    *"table tbody td th thead tr ul".split()
}
_ATTRIBUTES = {
    "a": {"href", "id"},
    "code": {"class"},
    "ol": {"start"},
    "div": {"class"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
_DIAGRAM = re.compile(r"^(```|~~~)mermaid[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(anchors_plugin, max_level=4)


def markdown(text: str, path: str, address: Callable[[str], str | None]) -> list[tuple[str, str]]:
    """The document as parts in order: ("html", cleaned HTML) and ("diagram", Mermaid source).

    Args:
        path: where the document stands in the package; links in it are relative to that.
        address: the page of another file of the package, or None when there is no such file.
    """
    parts: list[tuple[str, str]] = []
    place = 0
    for match in _DIAGRAM.finditer(text):
        parts += [("html", _html(text[place : match.start()], path, address)), ("diagram", match.group(2))]
        place = match.end()
    parts.append(("html", _html(text[place:], path, address)))
    return [part for part in parts if part[1].strip()]


def diagrams(text: str) -> list[str]:
    """The Mermaid sources of a document, in order."""
    return [match.group(2) for match in _DIAGRAM.finditer(text)]


def _html(text: str, path: str, address: Callable[[str], str | None]) -> str:
    clean = nh3.clean(
        _parser().render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    clean = _in_order(clean)
    clean = clean.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>').replace(
        "</table>", "</table></div>"
    )
    return re.sub(
        r'(<a [^>]*?href=")([^"]*)"', lambda match: f'{match[1]}{_link(html.unescape(match[2]), path, address)}"', clean
    )


def _in_order(clean: str) -> str:
    """Group titles that the requirements set in a fourth level above third-level records trade places with them.

    In the file the record's level makes it a section of its own; for somebody who hears the page a level must not be skipped.
    """
    if not re.search(r"<h2[ >](?:(?!<h3)[\s\S])*?<h4[ >]", clean):
        return clean
    return re.sub(r"<(/?)h([34])(?=[ >])", lambda match: f"<{match[1]}h{7 - int(match[2])}", clean)


def _link(target: str, path: str, address: Callable[[str], str | None]) -> str:
    if re.match(r"[a-z]+:|#|//", target):
        return html.escape(target)
    file, mark, anchor = target.partition("#")
    found = address(posixpath.normpath(posixpath.join(posixpath.dirname(path), file)))
    return html.escape(found + mark + anchor) if found else "#"
