"""How long something may be kept: what the owner chose, within what the plan allows (N-35)."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST = 1
LONGEST = 36_500
"""Days. A hundred years; more is "kept"."""


@dataclass(frozen=True)
class Bounds:
    """What a plan allows, in days; None: no end."""

    default: int | None = None
    most: int | None = None


def window(chosen: int | None, bounds: Bounds, *, kept_by_default: bool = False) -> int | None:
    """The days that hold; None: kept.

    A plan that allows less than was chosen wins. Where nothing was chosen the plan's default holds, or, with
    ``kept_by_default``, no end at all.
    """
    days = chosen if chosen is not None else (None if kept_by_default else bounds.default)
    if bounds.most is None or (days is None and kept_by_default):
        return days
    return bounds.most if days is None else min(days, bounds.most)


def fault(days: int | None, bounds: Bounds) -> str:
    """Why these days cannot be chosen, in a sentence; empty when they can."""
    if days is None:
        return ""
    if days < SHORTEST:
        return "Choose at least one day."
    most = bounds.most if bounds.most is not None else LONGEST
    return f"Your plan keeps packages for at most {most:,} days. Choose that or less." if days > most else ""
