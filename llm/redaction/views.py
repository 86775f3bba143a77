"""Other readings of a text, with the way back to it: pieces of a token joined, escapes undone.

Only windows around the places in question are read again, so that a large document with one of them costs no second search.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from llm.redaction.formats import Trigger

AROUND = 300
"""Characters on each side of a place that are read with it."""

# What may stand inside a token that a person or a program has broken up: marks of emphasis and code, characters of no width, a
# string
# that goes on in the next literal, a soft line break.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_WORD = "[A-Za-z0-9_+/=.-]"
_JOINTS = re.compile(
    rf"`[ \t]{{0,2}}`|(?<=\w)`(?=\w)|[{_INVISIBLE}]|(?<=\w)\*\*|\*\*(?=\w)|<wbr/?>|&(?:shy|zwnj|zwj|\#8203|\#x200[b"
    rf"B]);|</?[bi]>|</?(?:em|strong|span)>"
    rf"|[\"'][ \t]{{0,3}}(?:\+|\.\.|\.|&|~|\|\|)?[ \t]{{0,3}}_?\\?(?:\r?\n[ \t>]{{0,40}}(?:\+|\.\.|\.|&)?[ \t]{{0,3}})?[\"']"
    rf"|\\\r?\n[ \t>]{{0,16}}(?={_WORD}{{4}})|=\r?\n(?={_WORD}{{4}})(?![A-Za-z_][A-Za-z0-9_.-]{{2,60}}[ \t]?[:=])"
    rf"|(?<={_WORD}{{4}})\r?\n[ \t>]{{1,16}}(?={_WORD}{{8}})"
    r"(?![A-Za-z_][A-Za-z0-9_.-]{2,60}[ \t]?[:=][ \t\"'])"
    r"|(?<=[A-Za-z0-9_-]{10})\r?\n(?=[A-Za-z_-]{0,40}[0-9][A-Za-z0-9_-]{5,200}(?:[\s\"'.,;)]|$))"
)
SPLITS: tuple[Trigger, ...] = (
    *(Trigger(sign, 1) for sign in _INVISIBLE),
    Trigger(rf"{_WORD}`[ \t]{{0,2}}`", 0),
    Trigger(rf"{_WORD}`{_WORD}", 3),
    Trigger(rf"{_WORD}\*\*{_WORD}", 4),
    Trigger(rf"{_WORD}</?(?:wbr|[bi]|em|strong|span)/?>{_WORD}", 0),
    Trigger(rf"{_WORD}&(?:shy|zwnj|zwj|#8203|#x200[bB]);{_WORD}", 0),
    Trigger(
        rf"{_WORD}{{4}}[\"'][ \t]{{0,3}}(?:\+|\.\.|\.|&|~|\|\|)?[ \t]*_?\\?(?:\r?\n[ \t>]*(?:\+|\.\.|\.|&)?[ \t]"
        rf"{{0,3}})?[\"']{_WORD}{{4}}",
        0,
    ),
    Trigger(rf"{_WORD}{{4}}\\\r?\n[ \t>]*{_WORD}{{4}}", 0),
    Trigger(rf"[=:][ \t]*\\\r?\n[ \t>]*{_WORD}{{4}}", 0),
    Trigger(rf"{_WORD}{{3}}[A-Za-z0-9]=\r?\n[A-Za-z0-9]{_WORD}{{3}}", 0),
    # A soft line break: a long run before it, with a digit or a change of case near its end, and a long run behind it.
    Trigger(
        rf"(?:{_WORD}{{7}}[0-9]{_WORD}{{0,12}}|[0-9]{_WORD}{{7,16}}|{_WORD}{{6}}[a-z][A-Z]{_WORD}{{0,12}})"
        rf"\r?\n[ \t>]{{1,16}}{_WORD}{{8}}",
        0,
    ),
    # The same without a mark: what the next line begins with has digits among its letters.
    Trigger(r"[A-Za-z0-9_-]{12}\r?\n[A-Za-z_-]{0,6}[0-9]", 0),
)

# Letters that look like Latin ones, and Latin ones of full width or of mathematics: a token copied from a slide may hold them.
_LIKE = dict(zip("АВЕКМНОРСТХУЅІЈавеорсхуѕіјһԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρ", "ABEKMHOPCTXYSIJaBeopcxysijhdABEZHIKMNOPTYXoavp", strict=True))
_LIKE["в"] = "B"
_FOLDED = {ord(letter): plain for letter, plain in _LIKE.items()}
_FOLDED |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FOLDED |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x1D400, 0x1D6A4)}
_WIDE = r"\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d6a3"
# The set stands first: most texts hold none of it, and it is found four times as fast as what may stand around it.
_FOREIGN = re.compile(
    rf"[{''.join(_LIKE)}{_WIDE}](?:(?<=[A-Za-z0-9_-]{{2}}.)|(?=[A-Za-z0-9_-]{{2}})|(?=[{_WIDE}]{{5}}))", re.DOTALL
)

_ESCAPED = re.compile(r"%([2-7][0-9A-Fa-f])|\\u00([2-7][0-9A-Fa-f])|\\+([\"'/])|&(quot|amp|lt|gt|apos|#39|#34|#x27|#x22);|=(3D)")
_ENTITIES = {"quot": '"', "amp": "&", "lt": "<", "gt": ">", "apos": "'", "#39": "'", "#34": '"', "#x27": "'", "#x22": '"'}
ESCAPES: tuple[Trigger, ...] = (
    Trigger("%[2-7][0-9A-Fa-f]", 3),
    Trigger(r"\\u00[2-7][0-9A-Fa-f]", 6),
    Trigger(r"\\[\"/]", 2),
    Trigger("&(?:quot|amp|lt|gt|apos|#39|#34|#x27|#x22);", 0),
    Trigger("=3D", 3),
)


@dataclass(frozen=True)
class View:
    """A reading of a stretch of the text."""

    text: str
    _kept: tuple[tuple[int, int], ...]
    """Where in the view a stretch begins that stands unchanged in the original, and where there."""
    _joined: bool

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """The place in the original; None where a joined reading says nothing that the original does not."""
        first = self._at(start)
        if not self._joined:
            return first, self._at(end)
        last = self._at(end - 1) + 1
        return (first, last) if last - first > end - start else None

    def _at(self, position: int) -> int:
        view, original = self._kept[bisect_right(self._kept, (position, 1 << 62)) - 1]
        return original + position - view


def _windows(text: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for place in places:
        if end < 0 or place - AROUND > end:
            if end >= 0:
                yield _whole_words(text, start, end)
            start = max(0, place - AROUND)
        end = min(len(text), place + AROUND)
    if end >= 0:
        yield _whole_words(text, start, end)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A little more, so that no token is cut: a sample that is published would no longer look like one."""
    before = max(text.rfind(sign, max(0, start - AROUND), start) for sign in " \n")
    behind = [at for sign in " \n" if (at := text.find(sign, end, end + AROUND)) >= 0]
    return before + 1 if before >= 0 else start, min(behind, default=end)


def _views(text: str, places: Sequence[int], pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> Iterator[View]:
    for start, end in _windows(text, sorted(places)):
        pieces: list[str] = []
        kept: list[tuple[int, int]] = []
        size, at = 0, start
        for hit in pattern.finditer(text, start, end):
            new = instead(hit)
            pieces += [text[at : hit.start()], new]
            kept.append((size, at))
            size += hit.start() - at
            for _ in new:
                kept.append((size, hit.start()))
                size += 1
            at = hit.end()
        if at == start:
            continue
        kept.append((size, at))
        pieces.append(text[at:end])
        yield View("".join(pieces), tuple(kept), pattern is _JOINTS)


def joined(text: str, places: Sequence[int]) -> Iterator[View]:
    """The text without what splits tokens, around ``places``."""
    return _views(text, places, _JOINTS, lambda hit: "")


def folded(text: str) -> Iterator[View]:
    """The text in plain letters, around those that only look like them."""
    places = [hit.start() for first, last in _beyond_ascii(text) for hit in _FOREIGN.finditer(text, first, last)]
    for start, end in _windows(text, places):
        # Letter for letter, so that places are the same.
        yield View(text[start:end].translate(_FOLDED), ((0, start),), False)


_SLICE, _FURTHER = 256, 8
"""Characters that are asked at once whether one is beyond ASCII; those behind it that ``_FOREIGN`` looks at."""


def _beyond_ascii(text: str) -> Iterator[tuple[int, int]]:
    """The stretches with letters beyond ASCII, roughly, and what a pattern looks at behind them: most of a text has none."""
    first = last = 0
    for at in range(0, len(text), _SLICE):
        if not text[at : at + _SLICE].isascii():
            if at > last:
                yield first, min(len(text), last + _FURTHER)
                first = at
            last = at + _SLICE
    yield first, min(len(text), last + _FURTHER)


def unescaped(text: str, places: Sequence[int]) -> Iterator[View]:
    """The text with percent signs, JSON escapes and entities undone, around ``places``."""
    return _views(text, places, _ESCAPED, _unescape)


def _unescape(hit: re.Match[str]) -> str:
    code = hit[1] or hit[2] or hit[5]
    if code:
        return chr(int(code, 16))
    return hit[3] or _ENTITIES[hit[4]]
