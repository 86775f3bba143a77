"""Replace what was found by placeholders.

A placeholder is ``[[SECRET:<kind>:<id>]]``. The id is the start of an HMAC-SHA256 of kind and value under the workspace's key:
the same secret has the same placeholder in a workspace and another one elsewhere, and nobody without the key can test a guess
against it. There is no way back from a placeholder to its value.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Callable

from llm.redaction.finding import PLACEHOLDER, Secret, find_secrets

__all__ = ["PLACEHOLDER", "Finder", "Redaction", "redact"]

Finder = Callable[[str], list[Secret]]
"""Finds the secrets of a text: in order, without overlaps."""

_ID_BYTES = 5
"""40 bits, 8 letters of base32: enough to tell the secrets of a workspace apart, too few to hold a secret."""

_PROCESS_KEY = secrets.token_bytes(32)


class Redaction:
    """One payload that is redacted string by string.

    ``key`` is the workspace's key of placeholders. An empty key stands for a random key that lives as long as this process: equal
    values still get the same placeholder, but not after a restart and not in another worker.
    ``find`` is the finder; tests and callers with rules of their own pass another.
    """

    def __init__(self, key: bytes = b"", *, find: Finder = find_secrets) -> None:
        self.counts: Counter[str] = Counter()
        """How many were replaced, by kind."""
        self._key = key or _PROCESS_KEY
        self._find = find

    def __repr__(self) -> str:
        return f"Redaction({dict(self.counts)})"  # Never the key: this may end in a log.

    def find(self, text: str) -> list[Secret]:
        """The secrets of ``text``, nothing counted."""
        return self._find(text)

    def clean(self, text: str) -> str:
        """``text`` with every secret replaced. Placeholders stay as they are: cleaning twice is cleaning once."""
        return self.replace(text, self._find(text))

    def replace(self, text: str, found: list[Secret], start: int = 0, end: int | None = None) -> str:
        """``text[start:end]`` with ``found`` replaced and counted; secrets outside of that stretch are passed over."""
        end = len(text) if end is None else end
        pieces, at = [], start
        for secret in found:
            if secret.end <= at or secret.start >= end:
                continue
            pieces += [text[at : secret.start], self.placeholder(secret.kind, text[secret.start : secret.end])]
            self.counts[secret.kind] += 1
            at = secret.end
        return "".join([*pieces, text[at:end]])

    def placeholder(self, kind: str, value: str) -> str:
        """What stands in the place of ``value``."""
        digest = hmac.digest(self._key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"[[SECRET:{kind}:{base64.b32encode(digest[:_ID_BYTES]).decode('ascii')}]]"


def redact(text: str, *, key: bytes = b"") -> tuple[str, dict[str, int]]:
    """``text`` without its secrets, and how many were replaced by kind. An empty ``key`` lives as long as this process."""
    redaction = Redaction(key)
    return redaction.clean(text), dict(redaction.counts)
