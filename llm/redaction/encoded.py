"""Encoded text: base64 in both alphabets, over several lines too, and hex. Decoded once so that it can be searched."""

from __future__ import annotations

import base64
import binascii
import re

from llm.redaction.formats import Trigger

# Four characters of base64 that stand for three of plain text: the first two bits of each byte are known, which random data
# does not
# keep up for five groups in a row. So pictures, digests and certificates cost nothing.
_GROUP = "[A-Za-f][A-HQ-Xg-nw-z0-3][A-BE-FI-JM-NQ-RU-VY-Zc-dg-hk-lo-ps-tw-x014589][A-Za-z0-9+/_-]"
BASE64_TRIGGERS = (Trigger(_GROUP * 5, 20, not_after="A-Za-z0-9+_-"),)
HEX_TRIGGERS = (Trigger("[2-7][0-9A-Fa-f]" * 12, 24, not_after="0-9A-Fa-f"),)
LONGEST = 64_000

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_RUN = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_HEX_DIGITS = "0123456789abcdefABCDEF"
_NEXT_LINE = re.compile(r"\r?\n[ \t>]{0,16}([A-Za-z0-9+/]{4,200}={0,2}|[A-Za-z0-9+/]{2,3}={1,2})(?![^\s\"'])")
_HEX_RUN = re.compile(r"[0-9A-Fa-f]+")
_PRIVATE = b" PRIVATE KEY-----"


def base64_text(text: str, near: int) -> tuple[int, int, str] | None:
    """The run of base64 around ``near`` and the text in it; None when it is not text."""
    start = _run_start(text, near, _BASE64)
    for begin in dict.fromkeys((start, near)):
        run = _RUN.match(text, begin, begin + LONGEST)
        if run is None:
            return None
        end, coded = run.end(), run[0]
        # Long values are wrapped: lines of equal length, the last one shorter.
        last = len(coded)
        while last == len(run[0]) >= 32 and "=" not in coded and (more := _NEXT_LINE.match(text, end)) and len(more[1]) <= last:
            coded, end, last = coded + more[1], more.end(), len(more[1])
        # A word on the next line may look like more of it.
        for coding, stop in dict.fromkeys(((coded, end), (run[0], run.end()))):
            if (decoded := _decoded(coding)) is not None:
                return begin, stop, decoded
    return None


def _run_start(text: str, near: int, letters: str) -> int:
    """Where the unbroken run of ``letters`` around ``near`` begins. A long piece is copied for the long ones only."""
    for size in (256, LONGEST):
        low = max(0, near - size)
        start = low + len(text[low:near].rstrip(letters))
        if start > low:
            break
    return start


def _decoded(coded: str) -> str | None:
    plain = coded.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        return None
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return _text(data)


def hex_text(text: str, near: int) -> tuple[int, int, str] | None:
    """The run of hex around ``near`` and the text in it; None when it is not text."""
    start = _run_start(text, near, _HEX_DIGITS)
    run = _HEX_RUN.match(text, start, start + LONGEST)
    if run is None:
        return None
    for digits, begin in ((run[0], start), (run[0][near - start :], near)):
        if len(digits) % 2 == 0 and (decoded := _text(bytes.fromhex(digits))) is not None:
            return begin, run.end(), decoded
    return None


def _text(data: bytes) -> str | None:
    if data.startswith(b"-----BEGIN ") and _PRIVATE in data[:60]:
        # A key block that was cut or damaged on the way is still a key block.
        return data.decode("latin-1")
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text_like = decoded.isprintable() or all(letter.isprintable() or letter in "\r\n\t" for letter in decoded)
    return decoded if text_like else None
