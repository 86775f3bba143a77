"""Reading and writing the Markdown of a package: sections, words, anchors, cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generation.rules.lexicon import ID

HEAD = "(head)"
"""The name of what stands above the first section."""

_CITATION = re.compile(r"\[(?:A|F|S|X|assumption)[^\]]*\]")


def one_line(text: str) -> str:
    """Without line breaks and doubled spaces."""
    return " ".join(text.split())


def inline(text: str) -> str:
    """One line that cannot be mistaken for HTML or a link. Words stay as they are."""
    return re.sub(r"\]\(", r"]\\(", re.sub(r"<(?=[A-Za-z/!?])", r"\\<", one_line(text)))


def cell(text: object) -> str:
    """What may stand in a table cell."""
    written = inline(str(text)).replace("\\|", "|").replace("|", "\\|")
    return written or "none"


def heading(text: str) -> str:
    """What may stand behind the # of a heading."""
    return inline(text).strip("# ") or "Untitled"


def quote_block(text: str) -> str:
    """A text of one or more lines as a block quote, word for word."""
    return "\n".join(f"> {escape_html(line)}".rstrip() for line in text.strip().splitlines() or [""])


def escape_html(text: str) -> str:
    """The text with what would be read as an HTML tag shown as it is."""
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)


def demoted(text: str) -> str:
    """Written words without headings of their own (they become bold), so that they cannot break the sections of a document."""
    lines, fence = [], False
    for line in text.strip().splitlines():
        if line.lstrip().startswith("```"):
            fence = not fence
        lines.append(re.sub(r"^#{1,6}\s+(.+?)\s*#*$", r"**\1**", line).rstrip() if not fence else line.rstrip())
    if fence:
        lines.append("```")
    return "\n".join(lines)


def words(text: str) -> int:
    """Words a person reads: without code, links, table lines and marks."""
    text = re.sub(r"\]\([^)]*\)|[|#*>`_-]+", " ", without_code(text))
    return len([word for word in text.split() if re.search(r"\w", word)])


def without_code(text: str) -> str:
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)


def sections(text: str) -> list[tuple[str, str]]:
    """Name and text of the head and of each ## or ### section, code blocks respected; a second section of a name gets "(2)"."""
    found: list[tuple[str, str]] = []
    name, lines, fence = HEAD, list[str](), False
    for line in text.splitlines(keepends=True):
        if line.startswith("```"):
            fence = not fence
        match = None if fence else re.match(r"(##|###) (.+)", line)
        if match:
            found.append((name, "".join(lines)))
            name, lines = match[2].strip().split(" · ")[0], []
        lines.append(line)
    found.append((name, "".join(lines)))
    return _named_once([(name, text) for name, text in found if text.strip()])


def _named_once(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    seen: dict[str, int] = {}
    named = []
    for name, text in found:
        seen[name] = seen.get(name, 0) + 1
        named.append((name if seen[name] == 1 else f"{name} ({seen[name]})", text))
    return named


def section(text: str, name: str) -> str:
    """The text of a ## section with everything below it, up to the next ##; empty if there is none."""
    match = re.search(rf"^## {re.escape(name)}\s*$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def anchors(text: str) -> set[str]:
    """The anchors that headings of this text make, as GitHub does."""
    return {anchor(found) for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def anchor(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def links(text: str) -> list[str]:
    """Targets of links, without those in code."""
    text = re.sub(r"`[^`\n]*`", "", without_code(text))
    return re.findall(r"(?<!\\)\[(?:[^\]\\]|\\.)+\]\(([^)\s]+)\)", text)


def mermaid(text: str) -> list[str]:
    """Sources of the diagrams inside a document."""
    return [block.strip() for block in re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)]


def ids(text: str) -> list[str]:
    """Ids in a text, each once, in order."""
    return list(dict.fromkeys(ID.findall(text)))


def numbers(text: str) -> list[str]:
    """Figures in a text, without thousands separators; citations, ids, list numerals and link targets are not figures."""
    text = _CITATION.sub("", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = ID.sub("", text)
    text = re.sub(r"^\s*\d+\. ", "", text, flags=re.MULTILINE)
    text = re.sub(r"\b(\d{2}):(\d{2})\b", r"\1h\2", text)
    return [found.replace(",", "").rstrip(".") for found in re.findall(r"(?<![\w-])\d[\d,]*(?:\.\d+)?(?:h\d\d)?", text)]


def listed(items: Iterable[object]) -> str:
    """ "a, b, c", or "none"."""
    return ", ".join(str(item) for item in items) or "none"
