"""How much room a text takes in a model's window, without the vendor's tokenizer, and how texts get shorter by rule."""

from __future__ import annotations

import bisect
import itertools
import math
import re
import string
from collections.abc import Collection, Sequence

_LETTERS = string.ascii_letters.encode()
_DIGITS = string.digits.encode()
_MARKS = string.punctuation.encode()
_TWO = bytes(range(0xC2, 0xE0))
_THREE = bytes(range(0xE0, 0xF0))
_FOUR = bytes(range(0xF0, 0xF5))


def estimate_tokens(text: str) -> int:
    """Tokens of ``text`` in any language, rather too many than too few.

    The weights were fitted on 2026-11-21 to OpenAI's o200k vocabulary and to the tokenizer Anthropic has published: 1.0 to 1.2 of
    the larger count for English, JSON, code and tables, 0.85 to 1.2 for German and French, up to 1.4 for other scripts.
    """
    written = text.encode("utf-8", "surrogatepass")
    tokens = (
        0.28 * _count(written, _LETTERS)
        + 0.7 * _count(written, _DIGITS)
        + 0.7 * _count(written, _MARKS)
        + 0.8 * _count(written, _TWO)
        + 1.25 * _count(written, _THREE)
        + 3.0 * _count(written, _FOUR)
        + 0.5 * written.count(b"\n")
    )
    return math.ceil(tokens)


def _count(written: bytes, which: bytes) -> int:
    return len(written) - len(written.translate(None, which))


LONGEST_PASSAGE = 1_200
"""Characters. A longer paragraph is cut at ends of sentences or lines, and one without any between words."""
RUNGS = (2_000_000, 600_000, 150_000, 0)
"""Characters of droppable passages that may be left after each time that texts get shorter; the last leaves none."""

_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_END = re.compile(r"(?<=[.!?:;])\s+|\n")
_GAP = re.compile(r"\[(\d+) passages? left out here\]")


def passages(text: str) -> list[str]:
    """``text`` in pieces that joined are ``text`` again: paragraphs, each with the white space behind it."""
    found: list[str] = []
    start = 0
    for end in [*(gap.end() for gap in _PARAGRAPH.finditer(text)), len(text)]:
        # A key is one passage however long it is: a part of one would not be known for a secret any more.
        while end - start > LONGEST_PASSAGE and "-----BEGIN " not in text[start:end]:
            cut = _cut(text, start)
            found.append(text[start:cut])
            start = cut
        if end > start:
            found.append(text[start:end])
        start = end
    return found


def _cut(text: str, start: int) -> int:
    """Where the passage that begins at ``start`` ends at the latest."""
    most = start + LONGEST_PASSAGE
    ends = [gap.end() for gap in _END.finditer(text, start, most) if gap.end() < most]
    if ends:
        return ends[-1]
    blank = text.rfind(" ", start, most)
    return blank + 1 if blank > start else most


def in_parts(text: str, longest: int) -> list[str]:
    """``text`` in parts of at most ``longest`` characters, each of whole passages. Joined they are ``text`` again."""
    parts = [""]
    for piece in passages(text):
        if parts[-1] and len(parts[-1]) + len(piece) > longest:
            parts.append("")
        parts[-1] += piece
    return parts


def shorten(texts: Sequence[str], quoted: Sequence[Collection[str]]) -> tuple[list[str], list[int]] | None:
    """The texts without some of their passages, and how many were dropped of each; None when nothing may be dropped.

    A passage that one of the ``quoted`` of its text stands in, where it stands first, stays as it is. Of all others the longest
    go first, and of equally long ones the later, until no more of them is left than the next of ``RUNGS`` allows. What went is
    named in its place: "[3 passages left out here]".
    """
    pieces = [passages(text) for text in texts]
    kept = [_kept(text, row, quotes) for text, row, quotes in zip(texts, pieces, quoted, strict=True)]
    loose = [
        (len(piece), number, place)
        for number, row in enumerate(pieces)
        for place, piece in enumerate(row)
        if place not in kept[number] and piece.strip() and not _GAP.fullmatch(piece.strip())
    ]
    left = sum(length for length, _, _ in loose)
    rung = next((most for most in RUNGS if most < left), None)
    if rung is None:
        return None
    gone: list[set[int]] = [set() for _ in texts]
    for length, number, place in sorted(loose, reverse=True):
        if left <= rung:
            break
        if place in gone[number]:
            continue
        gone[number].add(place)
        left -= length
        # What a passage introduces goes with it: "the password is:" and then, alone, what nobody would know for a password.
        while pieces[number][place].rstrip().endswith((":", "=")) and place + 1 < len(pieces[number]):
            place += 1
            if place in kept[number] or place in gone[number] or _GAP.fullmatch(pieces[number][place].strip()):
                break
            gone[number].add(place)
            left -= len(pieces[number][place])
    return [_without(row, went) for row, went in zip(pieces, gone, strict=True)], [len(went) for went in gone]


def _kept(text: str, row: Sequence[str], quotes: Collection[str]) -> set[int]:
    """The places of the passages that hold a quote or a part of one."""
    ends = list(itertools.accumulate(len(piece) for piece in row))
    kept: set[int] = set()
    for quote in quotes:
        start = text.find(quote) if quote else -1
        if start >= 0:
            kept.update(range(bisect.bisect_right(ends, start), bisect.bisect_left(ends, start + len(quote)) + 1))
    return kept


def _without(row: Sequence[str], gone: Collection[int]) -> str:
    """The pieces joined, with a note in the place of those that are gone; notes that now stand side by side become one."""
    written: list[str] = []
    missing = 0
    for place, piece in enumerate((*row, "")):
        earlier = _GAP.fullmatch(piece.strip())
        if place in gone or earlier:
            missing += int(earlier[1]) if earlier else 1
        elif not missing:
            written.append(piece)
        elif piece.strip() or place == len(row):
            # No more white space than there was: a text that gets shorter in several times must not grow at its notes.
            written.append("" if not written or written[-1].endswith("\n\n") else "\n\n")
            written.append(f"[{missing} {'passage' if missing == 1 else 'passages'} left out here]\n\n{piece}")
            missing = 0
    return "".join(written).strip()
