"""Find secrets: formats, structures, named values, encoded blobs, and tokens that formatting has split."""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from llm.redaction.formats import FORMATS, RUNS
from llm.redaction.naming import named_values
from llm.redaction.structures import Found, places, private_keys, urls, web_tokens
from llm.redaction.values import PUBLISHED, is_placeholder


@dataclass(frozen=True)
class Secret:
    """A stretch of text that must not leave."""

    start: int
    end: int
    """Exclusive, in characters."""
    kind: str
    """Lower case letters, digits and hyphens: "github-token", "password". Never the value."""


def _formats(text: str) -> Iterator[Found]:
    for run in RUNS.finditer(text):
        for found in FORMATS.finditer(text, run.start(), run.end()):
            if not is_placeholder(found[0]):
                yield found.start(), found.end(), (found.lastgroup or "token").replace("_", "-")


_BLOB = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{24,8000}={0,2}(?![A-Za-z0-9+/_-])")


def _blobs(text: str) -> Iterator[Found]:
    """Base64 of text that holds a secret: decoded once, searched, and taken whole."""
    for blob in _BLOB.finditer(text):
        value = blob[0]
        if len(value.rstrip("=")) % 4 == 1:
            continue
        try:
            decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
        except (ValueError, binascii.Error):
            continue
        text_like = decoded.isprintable() or all(letter.isprintable() or letter in "\r\n\t" for letter in decoded)
        if text_like and next(_raw(decoded), None) is not None:
            yield blob.start(), blob.end(), "encoded-secret"


def _raw(text: str) -> Iterator[Found]:
    yield from _formats(text)
    yield from private_keys(text)
    yield from web_tokens(text)
    yield from urls(text)
    yield from places(text)
    yield from named_values(text)


# What may stand inside a token that a person or a program has broken up: marks of emphasis and code, characters of no width,
# a string that goes on in the next literal, a soft line break.
_SPLITS = re.compile(
    r"`[ \t]{0,2}`|[`\u200b\u200c\u200d\u2060\ufeff\u00ad]|\*\*|[\"'][ \t]{0,3}\+[ \t\r\n\\]{0,16}[\"']"
    r"|\\?\r?\n[ \t>]{1,16}(?=[A-Za-z0-9_+/=.-]{8})"
)


def _joined(text: str) -> Iterator[Found]:
    """Tokens that are whole only without the marks between their pieces."""
    pieces, kept, removed, end = [], [], 0, 0
    for split in _SPLITS.finditer(text):
        pieces.append(text[end : split.start()])
        kept.append((end - removed, end))
        removed += split.end() - split.start()
        end = split.end()
    if not pieces:
        return
    pieces.append(text[end:])
    kept.append((end - removed, end))
    view = "".join(pieces)
    starts = [start for start, _ in kept]
    for start, stop, kind in [*_formats(view), *web_tokens(view)]:
        first, last = _place(kept, starts, start), _place(kept, starts, stop - 1) + 1
        if last - first > stop - start:
            # The marks around the first and the last piece belong to what is taken out, or they would stand there alone.
            for mark in ("`", "**"):
                around = text.endswith(mark, 0, first) and text.startswith(mark, last)
                if around or text.count(mark, first, last) % 2:
                    first -= len(mark) if text.endswith(mark, 0, first) else 0
                    last += len(mark) if text.startswith(mark, last) else 0
            yield first, last, kind


def _place(kept: list[tuple[int, int]], starts: list[int], position: int) -> int:
    at, original = kept[bisect_right(starts, position) - 1]
    return original + position - at


def _without_stretches(text: str, joined: Iterator[Found], found: list[Found]) -> Iterator[Found]:
    """A token that was found whole is not stretched over the line break behind it."""
    taken = sorted(found)
    starts = [start for start, _, _ in taken]
    for place in joined:
        before = taken[bisect_right(starts, place[1] - 1) - 1] if taken else (0, 0, "")
        apart = before[1] <= place[0] or place[1] <= before[0]
        # Half a web token can look like a token of another kind; a whole one is known by its three parts.
        halved = place[2] == "jwt" and before[2] != "jwt"
        if apart or halved or "\n" not in text[place[0] : place[1]]:
            yield place


PLACEHOLDER = re.compile(r"\[\[SECRET:[a-z0-9-]{1,40}:(?:[A-Z2-7]{8}|\d{1,9})\]\]")
"""What stands in the place of a secret that was taken out before, also in the older form with a number. It stays."""
SHORTEST_REST = 8
"""Characters beside a placeholder that are still taken out; fewer are quotation marks and the like."""


def _around_placeholders(text: str, found: list[Found]) -> Iterator[Found]:
    """Without what an earlier cleaning left: the name beside a placeholder still says that a secret stands there."""
    taken = [(place.start(), place.end()) for place in PLACEHOLDER.finditer(text)]
    starts = [start for start, _ in taken]
    for start, end, kind in found:
        whole = True
        for hole_start, hole_end in taken[max(0, bisect_right(starts, start) - 1) :]:
            if hole_start >= end:
                break
            if hole_start < start < hole_end:
                # Pointed at by a word inside the placeholder, which is no word of the text.
                whole, start = False, end
            elif hole_end > start:
                whole = False
                if hole_start - start >= SHORTEST_REST:
                    yield start, hole_start, kind
                start = hole_end
        if whole or end - start >= SHORTEST_REST:
            yield start, end, kind


def find_secrets(text: str) -> list[Secret]:
    """The secrets in ``text``, in order, without overlaps. Linear in the length of the text; nothing is stored or logged."""
    found = [*_raw(text), *_blobs(text)]
    found += _without_stretches(text, _joined(text), found)
    secrets: list[Secret] = []
    for start, end, kind in sorted(_around_placeholders(text, found), key=lambda place: (place[0], -place[1])):
        if text[start:end] in PUBLISHED:
            continue
        if secrets and start < secrets[-1].end:
            if end > secrets[-1].end:
                secrets[-1] = Secret(secrets[-1].start, end, secrets[-1].kind)
            continue
        secrets.append(Secret(start, end, kind))
    return secrets
