"""The form of what a tool is given.

    sst_ + 43 random characters     an access token: 256 bits that nobody can guess (N-11)
    ssc_ + 43 random characters     a code, good once and for a minute
    sss_ + 43 random characters     the secret of a client that can keep one

All of them letters and digits, so that a double click takes the whole of it. What is stored is its SHA-256, without salt: nobody
can make a table of 256 random bits, and an index finds the row (S-093).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string

TOKEN, CODE, SECRET = "sst_", "ssc_", "sss_"  # how each begins
PREFIX = 8
RANDOM = 43
"""62 to the power of 43 is a little more than 2 to the power of 256."""
ALPHABET = string.digits + string.ascii_letters

_WORN = re.compile(r"ss[tcs]_[0-9A-Za-z]{16,}", re.ASCII)


def new(lead_in: str) -> str:
    """A new token, code or secret."""
    return lead_in + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))


def checksum(raw: str) -> str:
    """What is kept of ``raw``: SHA-256, hexadecimal."""
    return hashlib.sha256(raw.encode()).hexdigest()


def prefix_of(raw: str) -> str:
    """The first 8 characters, which people know a token by (S-093). No way to find a token: only four of them are random."""
    return raw[:PREFIX]


def is_whole(raw: str, lead_in: str = TOKEN) -> bool:
    """Could this be one of ours? Says nothing about whether it is."""
    return re.fullmatch(rf"{lead_in}[0-9A-Za-z]{{{RANDOM}}}", raw, re.ASCII) is not None


def holds_one(text: str) -> bool:
    """Does a token, a code or a secret, or most of one, stand somewhere in ``text``?"""
    return _WORN.search(text) is not None
