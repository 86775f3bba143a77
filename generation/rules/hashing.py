"""One way to hash what a package holds."""

from __future__ import annotations

import hashlib
import json

FIRST = "sha256:" + "0" * 64
"""What the first row of a chain follows."""


def sha256(value: str | bytes) -> str:
    """ "sha256:..." of a text (as UTF-8) or of bytes."""
    return "sha256:" + hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def canonical(value: object) -> str:
    """The one JSON form of a value: sorted keys, no spaces, letters as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def of_record(value: object) -> str:
    """The hash of a record."""
    return sha256(canonical(value))
