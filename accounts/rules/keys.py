"""The form of an API key.

    ss_ + 5 random characters     the prefix: the 8 characters we keep to know it by (S-087, N-10)
    6 characters                  the ticket: follows from the prefix and a secret of ours, so only a holder of the key knows it
    28 random characters          166 bits that nobody can guess
    6 characters                  a checksum, so that a scanner tells a key from a word without asking us

All of them letters and digits, so that a double click takes the whole key.
"""

from __future__ import annotations

import re
import string
import zlib

LEAD_IN = "ss_"
PREFIX, TICKET, RANDOM, CHECK = 8, 6, 28, 6
LENGTH = PREFIX + TICKET + RANDOM + CHECK
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

_WHOLE = re.compile(rf"ss_[0-9A-Za-z]{{{LENGTH - len(LEAD_IN)}}}", re.ASCII)
_WORN = re.compile(r"ss_[0-9A-Za-z]{16,}", re.ASCII)
LONGEST_NAME, LONGEST_WORD = 60, 30
_NAME = re.compile(r"[^\W_][\w .,'’()&/+#@:-]*")


def put_together(prefix: str, ticket: str, random: str) -> str:
    """The key of these parts, with its checksum."""
    body = prefix + ticket + random
    return body + checksum(body)


def checksum(body: str) -> str:
    """CRC-32 (ISO 3309) as six digits of base 62."""
    return base62(zlib.crc32(body.encode()), CHECK)


def base62(number: int, digits: int) -> str:
    """The last ``digits`` digits of ``number``."""
    written = ""
    for _ in range(digits):
        number, digit = divmod(number, len(ALPHABET))
        written = ALPHABET[digit] + written
    return written


def is_whole(text: str) -> bool:
    """Could this be a key of ours? Says nothing about whether it is one."""
    return _WHOLE.fullmatch(text) is not None and text[-CHECK:] == checksum(text[:-CHECK])


def prefix_of(text: str) -> str:
    return text[:PREFIX]


def ticket_of(text: str) -> str:
    """The characters behind the prefix; shorter where the text ends before."""
    return text[PREFIX : PREFIX + TICKET]


def holds_a_key(text: str) -> bool:
    """Does a key, or most of one, stand somewhere in ``text``?"""
    return _WORN.search(text) is not None


def why_no_name(name: str) -> str:
    """Why this cannot be the name of a key, as a sentence; empty when it can."""
    if not name:
        return "Give the key a name, such as the program that will use it."
    if len(name) > LONGEST_NAME:
        return f"The name is too long. Use at most {LONGEST_NAME} characters."
    if not _NAME.fullmatch(name):
        return "Begin the name with a letter or a digit, and use letters, digits, spaces and . , ' ( ) & / + # @ : - only."
    if any(len(word) > LONGEST_WORD for word in name.split()) or holds_a_key(name):
        return f"A word of the name is too long. Use words of at most {LONGEST_WORD} characters, and no key as a name."
    return ""
