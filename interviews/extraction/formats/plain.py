"""Markdown and text: kept as they are."""

from __future__ import annotations

import re

from interviews.extraction import limits
from interviews.extraction.faults import Fault
from interviews.extraction.pieces import Reading, without_controls

_HEADING = re.compile(r"#{1,6}[ \t]++(.+)\Z")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")


def decoded(data: bytes) -> str:
    """Text in UTF-8, or in UTF-16 with its mark. Raises ``Fault``."""
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        raise Fault("encoding") from None
    if "\x00" in text:
        raise Fault("binary")
    return text


def as_it_is(data: bytes, *, has_headings: bool) -> Reading:
    """The text letter by letter; only line ends are made alike. Raises ``Fault``."""
    text = without_controls(decoded(data).replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise Fault("empty")
    encoded = text.encode()
    is_cut = len(encoded) > limits.MAX_TEXT
    if is_cut:
        text = encoded[: limits.MAX_TEXT].decode("utf-8", "ignore")
    return Reading(text, tuple(_headings(text)) if has_headings else (), is_cut)


def _headings(text: str) -> list[tuple[int, str]]:
    """Where each heading begins, those in code apart."""
    found: list[tuple[int, str]] = []
    start, fence = 0, ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (heading := _HEADING.match(line)):
            # Not in the pattern: it would look at each of a million signs for the end of the line.
            words = heading[1].rstrip(" \t#") or heading[1][0]
            found.append((start, f"under “{words[:80]}”"))
        start += len(line) + 1
    return found
