"""How long to wait before a step is tried again."""

from __future__ import annotations

FIRST_WAIT = 2.0
"""Seconds before the second try."""
LONGEST_WAIT = 300.0


def wait_before(tries: int) -> float:
    """Seconds to wait after this many tries: 2, 6, 18, 54, 162, then 300."""
    return min(FIRST_WAIT * 3.0 ** (tries - 1), LONGEST_WAIT)
