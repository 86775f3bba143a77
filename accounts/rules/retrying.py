"""When a message that was not taken is handed over again."""

from __future__ import annotations

MOST_TRIES = 20
FIRST_WAIT = 30.0
LONGEST_WAIT = 2 * 3600.0
SPREAD = 0.25
"""A share of the wait that chance adds, so that a thousand messages do not come back in the same second."""
PATIENCE = 72 * 3600.0
"""Seconds after it was written in which a message waits its turn at a carrier that limits us. Such tries are not counted."""


def wait(tries: int, *, chance: float, asked: float | None = None, limited_at: float | None = None) -> float | None:
    """Seconds until the next try after ``tries`` of them; None when it is given up.

    All tries together span about a day: 30 s, 1, 2, 4 … 64 minutes, then every two hours, each with up to a quarter more.
    ``chance`` lies between 0 and 1. ``asked``: what the carrier asked us to wait, kept to where it is longer. ``limited_at``: the
    message's age in seconds, where the carrier said that we send too much at once.
    """
    waits_its_turn = limited_at is not None and limited_at < PATIENCE
    if tries >= MOST_TRIES and not waits_its_turn:
        return None
    planned = min(FIRST_WAIT * 2.0 ** min(tries - 1, 16), LONGEST_WAIT)
    return max(planned, asked or 0.0) * (1 + SPREAD * chance)
