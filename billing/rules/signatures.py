"""When an event of Stripe was signed. Its library checks what was signed; the time it checks on one side only."""

from __future__ import annotations

TOLERANCE = 300
"""Seconds, before and after our own clock (docs.stripe.com/webhooks/signature)."""


def signed_at(header: str) -> int | None:
    """The time in a ``Stripe-Signature`` header, in seconds since 1970; None where there is not exactly one."""
    times = [value for name, _, value in (part.partition("=") for part in header.split(",")) if name == "t"]
    return int(times[0]) if len(times) == 1 and times[0].isascii() and times[0].isdigit() and len(times[0]) < 15 else None


def is_timely(signed: int, now: float) -> bool:
    """Neither older than ``TOLERANCE`` nor further in the future."""
    return abs(now - signed) <= TOLERANCE
