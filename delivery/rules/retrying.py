"""When a delivery is tried again, and when it is given up. Pure: the caller brings the randomness."""

from __future__ import annotations

SCHEDULE = (0.0, 30.0, 5 * 60.0, 30 * 60.0, 2 * 3600.0, 5 * 3600.0, 12 * 3600.0)
"""Seconds before each try, counted from the end of the one before: seven tries in about 20 hours."""
JITTER = 0.2
"""Each wait is up to a fifth longer or shorter, so that what failed together does not come back together."""
LONGEST_WAIT = 24 * 3600.0
"""What the other side may ask for at most, in seconds."""


def wait_after(tries: int, *, asked: float | None = None, chance: float = 0.5) -> float | None:
    """Seconds until the next try after ``tries`` of them failed; None: it was tried often enough.

    ``asked``: the wait the other side asked for; obeyed where it is longer than ours, up to a day. ``chance``: between 0 and 1.
    """
    if tries >= len(SCHEDULE):
        return None
    ours = SCHEDULE[tries] * (1 - JITTER + 2 * JITTER * chance)
    return max(ours, min(asked or 0.0, LONGEST_WAIT))
