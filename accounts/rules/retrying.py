"""When a message that was not taken is handed over again."""

from __future__ import annotations

MOST_TRIES = 8
FIRST_WAIT = 30.0
LONGEST_WAIT = 2 * 3600.0
SPREAD = 0.25
"""A share of the wait that chance adds, so that a thousand messages do not come back in the same second."""


def wait(tries: int, *, asked: float | None, chance: float) -> float | None:
    """Seconds until the next try after ``tries`` of them; None when it is given up.

    ``asked``: what the carrier asked us to wait, kept to where it is longer. ``chance`` lies between 0 and 1. All tries together
    span about two hours: 30 s, 1, 2, 4, 8, 16, 32 minutes, each with up to a quarter more.
    """
    if tries >= MOST_TRIES:
        return None
    planned = min(FIRST_WAIT * 2.0 ** (tries - 1), LONGEST_WAIT)
    return max(planned, asked or 0.0) * (1 + SPREAD * chance)
