"""What a forge's refusal means, in a sentence that says what to do. What the forge wrote itself is never repeated (S-051)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from delivery.contract import DeliveryFailed

LONGEST_WAIT = 6 * 3600.0


@dataclass(frozen=True)
class Words:
    """How one forge calls things, for its sentences."""

    forge: str
    repository: str
    """ "harbour/booking"."""
    permissions: str
    """What the credential needs: "Contents and Pull requests: read and write"."""
    request: str = "pull request"
    """Empty where there are none."""
    address: str = ""
    """What tells the repository from one of the same name elsewhere, where ``repository`` does not."""


def failure(
    words: Words, status: int, *, message: str = "", headers: Mapping[str, str] | None = None, now: dt.datetime
) -> DeliveryFailed:
    """The failure for an HTTP status outside 2xx. ``message`` is only searched for known phrases."""
    said, wait = message.lower(), wait_of(headers or {}, now)
    limited = "rate limit" in said or "abuse detection" in said or (status == 403 and _is_spent(headers or {}))
    if status == 429 or limited or (status in (403, 503) and wait is not None):
        pause = wait if wait is not None else 60.0
        return DeliveryFailed(f"{words.forge} asks us to slow down. We try again in {_spoken(pause)}.", wait=pause)
    if status >= 500:
        return DeliveryFailed(f"{words.forge} has a fault of its own (status {status}). We try again by ourselves.", wait=wait)
    return DeliveryFailed(_refusal(words, status, said), permanent=status != 409)


def _refusal(words: Words, status: int, said: str) -> str:
    forge, repository = words.forge, words.repository
    if "archived" in said or "read-only" in said or "read only" in said:
        return f"{repository} is archived, so nothing can be written there. Unarchive it at {forge} or choose another repository."
    if "protected" in said or "rule violation" in said or "ruleset" in said:
        return (
            f"A rule of {repository} protects the branch. Let the credential create and update branches that begin with "
            "specstep/ there, then send again."
        )
    if status in (203, 302, 401):
        return f"{forge} did not accept the credential: it has expired, was revoked or has a typing error. Put in a new one."
    if status in (301, 307, 308):
        return f"{repository} has moved. Put in its new name."
    if status == 403:
        return f"{forge} does not let the credential do this in {repository}. It needs {words.permissions}."
    if status == 404:
        return f"{repository} was not found at {forge}. Check the name, and that the credential may see it ({words.permissions})."
    if status == 409:
        return f"{repository} changed while we were writing. We try again by ourselves."
    if status == 413:
        return f"The package is larger than {forge} takes in one commit. Ask its administrator to raise the limit."
    return f"{forge} refused what we sent (status {status}). Check the rules for branches and commits of {repository}."


def wait_of(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Seconds the other side asks us to wait: ``Retry-After`` (RFC 9110, 10.2.3), else the reset of a spent rate limit."""
    lower = {name.lower(): value for name, value in headers.items()}
    said = lower.get("retry-after", "").strip()
    if said.isdigit():
        return min(float(said), LONGEST_WAIT)
    if said:
        try:
            return _between(parsedate_to_datetime(said), now)
        except (ValueError, TypeError):
            return None
    reset = lower.get("x-ratelimit-reset", "").strip()
    if _is_spent(lower) and reset.isdigit():
        return _between(dt.datetime.fromtimestamp(int(reset), dt.UTC), now)
    return None


def _is_spent(headers: Mapping[str, str]) -> bool:
    return {name.lower(): value for name, value in headers.items()}.get("x-ratelimit-remaining", "").strip() == "0"


def _between(then: dt.datetime, now: dt.datetime) -> float:
    aware = then if then.tzinfo else then.replace(tzinfo=dt.UTC)
    return min(max(1.0, (aware - now).total_seconds()), LONGEST_WAIT)


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
