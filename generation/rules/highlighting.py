"""Files that a machine reads, shown to a person: coloured by classes (no inline style), a CSV as a table."""

from __future__ import annotations

import csv
import io
import re
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

LONGEST = 60_000
"""Letters beyond which a file is shown without colours, to keep the page light."""
MOST_ROWS = 500
_LANGUAGES = {"json": "json", "jsonl": "json", "sarif": "json", "yaml": "yaml", "yml": "yaml", "feature": "gherkin"}


def coloured(text: str, path: str) -> str:
    """The file as HTML for a ``pre``; a scenario's tag ``@TC-001`` is the place ``#TC-001``."""
    language = _LANGUAGES.get(path.rsplit(".", 1)[-1])
    if language is None or len(text) > LONGEST:
        return escape(text)
    shown = highlight(text, get_lexer_by_name(language), HtmlFormatter(nowrap=True, classprefix="hl-"))
    if language != "gherkin":
        return shown
    seen: set[str] = set()

    def placed(match: re.Match[str]) -> str:
        if match[1] in seen:
            return match[0]
        seen.add(match[1])
        return f'<span class="hl-nt" id="{match[1]}">{match[0]}</span>'

    return re.sub(r"@(TC-\d+)", placed, shown)


def code(text: str, language: str) -> str:
    """A program of ours as HTML for a ``pre``. ``language`` as Pygments calls it."""
    return highlight(text, get_lexer_by_name(language), HtmlFormatter(nowrap=True, classprefix="hl-"))


def sheet(text: str) -> list[list[str]]:
    """The rows of a CSV file, the first one its head; at most ``MOST_ROWS`` more."""
    return list(csv.reader(io.StringIO(text)))[: MOST_ROWS + 1]
