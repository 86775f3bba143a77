"""A document as its readers yield it: stretches of text, each with the place it stands at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interviews.extraction import limits

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLANK = re.compile(r"[ \t\u00a0]+\n")
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Piece:
    """``place`` is for people: "page 12", "slide 3", "Prices, A2:F9", "under “Returns”"; empty when there is nothing to say."""

    text: str
    place: str = ""


@dataclass(frozen=True)
class Reading:
    """A whole document: its text, and from which character each place begins."""

    text: str
    places: tuple[tuple[int, str], ...]
    is_cut: bool


def tidy(text: str) -> str:
    """``text`` without what no database and no model wants: control characters, lone surrogates, blanks at ends of lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return _GAPS.sub("\n\n", _BLANK.sub("\n", without_controls(text)))


def without_controls(text: str) -> str:
    """``text`` without control characters, lone surrogates and noncharacters; tabs and line ends stay."""
    return _CONTROL.sub("", text)


def joined(pieces: Iterable[Piece], *, most: int = limits.MAX_TEXT) -> Reading:
    """The pieces as one text, a blank line between two places. Stops reading when ``most`` bytes are full."""
    written: list[str] = []
    places: list[tuple[int, str]] = []
    length = room = 0
    last = ""
    for piece in pieces:
        text = tidy(piece.text).strip("\n")
        if not text.strip():
            continue
        if written:
            gap = "\n" if piece.place == last else "\n\n"
            written.append(gap)
            length, room = length + len(gap), room + len(gap)
        if piece.place != last or not places:
            places.append((length, piece.place[:120]))
            last = piece.place
        encoded = text.encode()
        if room + len(encoded) > most:
            written.append(encoded[: most - room].decode("utf-8", "ignore"))
            return Reading("".join(written), tuple(places), True)
        written.append(text)
        length, room = length + len(text), room + len(encoded)
    return Reading("".join(written), tuple(place for place in places if place[1]), False)


def under_headings(lines: Iterable[tuple[str, bool]]) -> Iterator[Piece]:
    """Blocks of text as pieces that say under which heading they stand; True marks a heading."""
    place = ""
    for line, is_heading in lines:
        if is_heading and (words := " ".join(line.strip("# \t").split())):
            place = f"under “{words[:80]}”"
        yield Piece(line, place)
