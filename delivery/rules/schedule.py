"""When a dispatch is tried again, and when an endpoint is given up. Times in seconds."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
"""Between the eight attempts: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; the last comes about 27.6 h after the first."""
ATTEMPTS = len(WAITS) + 1
JITTER = 0.2
"""A wait is up to so much shorter or longer, so that what failed together does not come back together."""
LONGEST_WISH = 36_000.0
"""An endpoint that asks us to wait longer than this is asked again after this."""
FAILING_FOR = dt.timedelta(days=5)
"""After so long with nothing but failures an endpoint is switched off."""


def wait_after(tries: int, *, chance: float) -> float | None:
    """Seconds until the next attempt after this many failed ones; None: given up. ``chance`` is a random number in [0, 1)."""
    if tries >= ATTEMPTS:
        return None
    return WAITS[tries - 1] * (1 + JITTER * (2 * chance - 1))


def wished_wait(status: int | None, retry_after: str, *, now: dt.datetime) -> float:
    """Seconds that an endpoint asks us to leave it alone, by 429 or 503 with ``Retry-After`` (RFC 9110, 10.2.3); else 0."""
    if status not in (429, 503) or not retry_after:
        return 0.0
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        wish = float(retry_after.strip()[:9])
    else:
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return 0.0
        wish = (at.replace(tzinfo=at.tzinfo or dt.UTC) - now).total_seconds()
    return min(max(wish, 0.0), LONGEST_WISH)


def is_given_up(failing_since: dt.datetime | None, *, now: dt.datetime) -> bool:
    """Whether an endpoint that fails once more has failed for long enough."""
    return failing_since is not None and now - failing_since >= FAILING_FOR
