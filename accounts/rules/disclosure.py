"""For which legal reasons an account's data is disclosed, and which of them cover content (S-188)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{2,19}")


@dataclass(frozen=True)
class Reason:
    """One ground to hand data out."""

    label: str
    content: bool
    """Whether what people wrote, and what was made from it, goes with it."""


REASONS = {
    "court": Reason("court order", content=True),
    "warrant": Reason("search warrant", content=True),
    "subpoena": Reason("subpoena", content=False),
    "authority": Reason("request of an authority", content=False),
    "person": Reason("request of the person", content=True),
}


def is_reference(text: str) -> bool:
    """Whether this can be the number of a case: 3 to 20 letters, digits, dots, strokes; no names, no sentences."""
    return _REFERENCE.fullmatch(text) is not None
