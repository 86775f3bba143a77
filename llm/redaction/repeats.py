"""Large documents say the same again and again. What is said again between the same neighbours is searched once.

A search is local: what a paragraph holds shows in the paragraph and in the one before and after it. Only blocks of keys reach
further, and short paragraphs (the codes of a list, one by one): neither is cut apart here. So a document is read as pieces, and
a piece that stands between the same two pieces as another one holds the same secrets. The others are searched in one text, each
run of them with a neighbour on each side.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

LARGE = 32_000
"""Characters from which on a document is looked at for what it repeats."""
SHORT = 32
"""Characters of a paragraph that belongs to its neighbours; the longest recovery code has fewer."""
LONGEST_BLOCK = 32_000
"""Characters of a block of a key at most. It may hold blank lines."""
WORTH = 0.8
"""The share of a document that may have to be searched. Above it, the whole is searched as it stands."""

SEAM = "-----BEGIN \n\n"
"""Between runs of pieces that do not follow each other: no block goes on behind the beginning of another one."""
NOBODY = -2
"""The number of a seam."""

Place = tuple[int, int, str]


class Plan(NamedTuple):
    """Which pieces of a document are searched, and for which others they speak."""

    pieces: list[str]
    speaker: list[int]
    """For each piece the first one that says the same between the same neighbours."""
    searched: list[int]
    """Those that speak for themselves, and their neighbours; in order."""

    def find(self, find: Callable[[str], list[Place]]) -> Iterator[Place]:
        """What ``find`` finds in the document, in order, without overlaps."""
        found = self._by_piece(find)
        if not found:
            return
        starts = list(accumulate(map(len, self.pieces), initial=0))
        beyond = 0
        for number, speaker in enumerate(self.speaker):
            if speaker not in found:
                continue
            start = starts[number]
            for first, last, kind in found[speaker]:
                if start + last > beyond:
                    yield max(beyond, start + first), start + last, kind
                    beyond = start + last

    def _by_piece(self, find: Callable[[str], list[Place]]) -> dict[int, list[Place]]:
        """The places by the piece that they begin in, counted from its beginning."""
        parts: list[str] = []
        numbers: list[int] = []
        for number in self.searched:
            if numbers and numbers[-1] != number - 1:
                parts.append(SEAM)
                numbers.append(NOBODY)
            parts.append(self.pieces[number])
            numbers.append(number)
        starts = list(accumulate(map(len, parts), initial=0))
        found: dict[int, list[Place]] = {}
        for first, last, kind in find("".join(parts)):
            at = bisect_right(starts, first) - 1
            number = numbers[at]
            if number != NOBODY and self.speaker[number] == number:
                found.setdefault(number, []).append((first - starts[at], last - starts[at], kind))
        return found


def plan(text: str) -> Plan | None:
    """How to search ``text`` in parts; None where that spares little."""
    if len(text) < LARGE:
        return None
    line = max("\n\n", "\r\n\r\n", key=text[:LARGE].count)
    paragraphs = text.split(line)
    if sum(map(len, set(paragraphs))) > WORTH * len(text):
        return None
    pieces = _pieces(text, paragraphs, len(line))
    numbers: dict[str, int] = {}
    said = [numbers.setdefault(piece, len(numbers)) for piece in pieces]
    first: dict[tuple[int, int, int], int] = {}
    between = zip([-1, *said], said, [*said[1:], -1], strict=False)
    speaker = [first.setdefault(key, at) for at, key in enumerate(between)]
    new = {piece + step for piece in first.values() for step in (-1, 0, 1)}
    searched = sorted(new.intersection(range(len(pieces))))
    if sum(len(pieces[number]) for number in searched) > WORTH * len(text):
        return None
    return Plan(pieces, speaker, searched)


def _pieces(text: str, paragraphs: list[str], line: int) -> list[str]:
    """``text``, cut behind the blank lines between two paragraphs that are not short, and not within a block of a key.

    ``line``: characters between two paragraphs.
    """
    sizes = [*map(len, paragraphs)]
    ends = accumulate(map(line.__add__, sizes))
    cuts = [end for end, size, further in zip(ends, sizes, sizes[1:], strict=False) if size >= SHORT and further >= SHORT]
    for begin, end in _blocks(text):
        del cuts[bisect_right(cuts, begin) : bisect_right(cuts, end)]
    return [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where blocks of keys and certificates begin and end."""
    begin = text.find("-----BEGIN ")
    while begin >= 0:
        other = text.find("-----BEGIN ", begin + 1)
        last = begin + LONGEST_BLOCK
        end = text.find("-----END", begin, last if other < 0 else min(last, other))
        if end >= 0:
            yield begin, end
        begin = other
