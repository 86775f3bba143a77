"""Clean a text that arrives in pieces: what may still turn out to be a secret is held back."""

from __future__ import annotations

import re

from llm.redaction.replacing import Redaction

HELD = 512
"""Characters at the end that are never let go before more has come or the text has ended."""
CONTEXT = 8_192
"""Characters in front of what is held that are searched again: the name of a secret may stand far before its value."""
LONGEST = 34_000
"""Characters that are held back at most for one open block or run; longer than any secret the finder knows."""

_OPEN = re.compile(r"-----BEGIN [^\n]{0,60}PRIVATE KEY|PuTTY-User-Key-File-")
_CLOSED = re.compile(r"-----END [^\n]{0,60}-----|Private-MAC:")
_RUN = re.compile(r"\S{1,34000}\Z")


class Scanner:
    """``feed`` takes the pieces of one text and gives back what is safe to show; ``finish`` gives the rest. Not for two texts."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._text = ""
        """What is kept of the text: some context that was let go already, then what is held."""
        self._done = 0
        """Up to here ``_text`` was let go."""
        self._searched = 0
        """How long ``_text`` was when it was searched last."""

    def feed(self, piece: str) -> str:
        """What is safe to let go after ``piece``; often nothing, then several words at once."""
        self._text += piece
        # A search for every token of a model would search the same text again and again.
        if len(self._text) - self._searched < HELD // 2 or len(self._text) - self._done <= HELD:
            return ""
        self._searched = len(self._text)
        cut = self._safe()
        return self._let_go(cut) if cut > self._done else ""

    def finish(self) -> str:
        """The rest."""
        return self._let_go(len(self._text))

    def _safe(self) -> int:
        """The end of what no text to come can change."""
        text, cut = self._text, len(self._text) - HELD
        least = max(self._done, len(text) - LONGEST)
        for begin in _OPEN.finditer(text, least):
            if _CLOSED.search(text, begin.end()) is None:
                return max(least, min(cut, begin.start()))
        run = _RUN.search(text, max(least, cut - 1))
        if run is not None and run.start() <= cut:
            while cut > least and not text[cut - 1].isspace():
                cut -= 1
        return cut

    def _let_go(self, cut: int) -> str:
        found = self._redaction.find(self._text)
        for secret in found:
            if secret.start < cut < secret.end:
                cut = secret.start
        cut = max(cut, self._done)
        clean = self._redaction.replace(self._text, found, self._done, cut)
        kept = max(0, cut - CONTEXT)
        self._text, self._done, self._searched = self._text[kept:], cut - kept, self._searched - kept
        return clean
