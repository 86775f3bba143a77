"""Documents as a browser may show them: Markdown to HTML that is cleaned, whatever a model wrote into it."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

Address = Callable[[str], str | None]
"""From a path or an id to the page that shows it; None when there is none."""

_TAGS = set(
    """
    a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s span strong sub sup
    table tbody td th thead tr ul
    """.split()  # noqa: SIM905  # a list of words reads as words
)
_ATTRIBUTES = {
    "a": {"href", "id"},
    "code": {"class"},
    "ol": {"start"},
    "span": {"id"},
    "td": {"id", "data-label"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
_DIAGRAM = re.compile(r"^(```|~~~)mermaid[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"\b(?:[A-Z]{1,4}-(?:[A-Z]{3}-)?\d+|CMP-[a-z]+(?:-[a-z]+)*)\b")
_DEFINED = re.compile(rf"^(?:#+ |\| )({_ID.pattern})", re.MULTILINE)
_TAGGED = re.compile(r"@(TC-\d+)")
HOMES = {
    "evidence/interview.md": ("A", "Q"),
    "docs/requirements.md": ("REQ", "NFR", "BR", "UJ"),
    "docs/vision.md": ("SM", "CM", "CON"),
    "docs/risks-assumptions.md": ("ASM", "OQ", "RSK", "X", "FIG"),
    "docs/architecture.md": ("CMP", "TB"),
    "docs/test-plan.md": (),
    "backlog/backlog.md": ("ST", "SL", "EP"),
}
"""The documents that define ids, and whose home each kind of id is."""


@dataclass
class _SoFar:
    """What the parts of a document before this one have used up."""

    marked: set[str] = field(default_factory=set)
    level: int = 0
    """Of the last heading."""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(anchors_plugin, max_level=4)


def markdown(text: str, path: str, address: Address, place: Address = lambda label: None) -> list[tuple[str, str]]:
    """The document as parts in order: ("html", cleaned HTML) and ("diagram", Mermaid source).

    Args:
        path: where the document stands in the package; links in it are relative to that.
        address: the page of another file of the package, or None when there is no such file.
        place: where an id such as A-012 or REQ-003 is defined; ids without a place stay text.
    """
    parts: list[tuple[str, str]] = []
    so_far = _SoFar()
    end = 0
    for match in _DIAGRAM.finditer(text):
        parts += [("html", _html(text[end : match.start()], path, address, place, so_far)), ("diagram", match.group(2))]
        end = match.end()
    parts.append(("html", _html(text[end:], path, address, place, so_far)))
    return [part for part in parts if part[1].strip()]


def diagrams(text: str) -> list[str]:
    """The Mermaid sources of a document, in order."""
    return [match.group(2) for match in _DIAGRAM.finditer(text)]


def places(files: Mapping[str, str]) -> dict[str, str]:
    """Where each id is defined, as "path#id": in its home, else in the first document that has a heading or a row for it."""
    found: dict[str, str] = {}
    for path in sorted(files):
        if path.startswith("features/"):
            found |= {label: f"{path}#{label}" for label in _TAGGED.findall(files[path])}
        elif number := re.match(r"adr/(\d{4})-", path):
            found[f"ADR-{number[1]}"] = path
    homeless: dict[str, str] = {}
    for path, kinds in HOMES.items():
        for label in _DEFINED.findall(files.get(path, "")):
            if label.partition("-")[0] in kinds:
                found.setdefault(label, f"{path}#{label}")
            else:
                homeless.setdefault(label, f"{path}#{label}")
    return homeless | found


def _html(text: str, path: str, address: Address, place: Address, so_far: _SoFar) -> str:
    tokens = _parser().parse(text)
    _label(tokens)
    _anchor([Token("start", "", 0), *tokens], so_far.marked)
    _level(tokens, so_far)
    for before, token in pairwise(tokens):
        # A heading that begins with an id is that id's own place.
        if token.type == "inline" and before.type != "heading_open":
            token.children = list(_with_places(token.children or [], place))
    clean = nh3.clean(
        _parser().renderer.render(tokens, _parser().options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes={"a": {"ref"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    frame = '<div class="card card--flush scroll" tabindex="0" role="group" aria-label="Table"><table class="table table--cards">'
    clean = clean.replace("<table>", frame).replace("</table>", "</table></div>")
    return re.sub(
        r'(<a [^>]*?href=")([^"]*)"', lambda match: f'{match[1]}{_link(html.unescape(match[2]), path, address)}"', clean
    )


def _label(tokens: list[Token]) -> None:
    """Write the name of its column on each cell, for narrow screens."""
    names: list[str] = []
    column = 0
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "thead_open":
            names = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            names.append(after.content if after else "")
        elif token.type == "td_open":
            token.attrSet("data-label", names[column] if column < len(names) else "")
            column += 1
            if after:
                # One box beside the label, however many links the cell holds.
                after.children = [_markup("<span>"), *(after.children or []), _markup("</span>")]


def _level(tokens: list[Token], so_far: _SoFar) -> None:
    """Let no heading skip a level below the one before it; a reader by ear counts on that."""
    for token in tokens:
        if token.type == "heading_open":
            so_far.level = min(int(token.tag[1]), so_far.level + 1)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{so_far.level}"


def _anchor(tokens: list[Token], marked: set[str]) -> None:
    """Give the heading or the first cell of a row that defines an id that id, once in a document."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        found = _ID.match(after.content)
        if found is None or found[0] in marked:
            continue
        if token.type == "heading_open":
            after.children = [_markup(f'<span id="{found[0]}"></span>'), *(after.children or [])]
            marked.add(found[0])
        elif token.type == "td_open" and before.type == "tr_open":
            token.attrSet("id", found[0])
            marked.add(found[0])


def _with_places(children: Iterable[Token], place: Address) -> Iterable[Token]:
    """The inline tokens with each id as a link to its place; what is already a link stays one."""
    depth = 0
    for child in children:
        depth += child.nesting if child.type in {"link_open", "link_close"} else 0
        if child.type != "text" or depth:
            yield child
            continue
        end = 0
        for match in _ID.finditer(child.content):
            if found := place(match[0]):
                yield _text(child.content[end : match.start()])
                yield Token("link_open", "a", 1, attrs={"href": found, "class": "ref"})
                yield _text(match[0])
                yield Token("link_close", "a", -1)
                end = match.end()
        yield _text(child.content[end:])


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _markup(tag: str) -> Token:
    return Token("html_inline", "", 0, content=tag)


def _link(target: str, path: str, address: Address) -> str:
    if re.match(r"[a-z]+:|#|/", target):
        return html.escape(target)
    file, mark, anchor = target.partition("#")
    found = address(posixpath.normpath(posixpath.join(posixpath.dirname(path), file)))
    return html.escape(found + mark + anchor) if found else "#"
