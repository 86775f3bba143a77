"""Bars, drawn on the server: geometry in attributes and looks in the style sheet, so the page needs no styles or scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 620, 120
"""Of the drawing by day, in its own units."""
GAP = 4
LEAST = 2
"""A day on which something was used is never drawn as nothing."""


@dataclass(frozen=True)
class Bar:
    """One day."""

    day: dt.date
    value: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Share:
    """One line of a list of shares."""

    name: str
    value: int
    width: int
    """Of 100, against the largest."""


def by_day(values: Mapping[dt.date, int], first: dt.date, days: int) -> list[Bar]:
    """A bar for every day from ``first`` on, the largest as high as the drawing."""
    step = WIDTH / days
    most = max([*values.values(), 1])
    bars = []
    for number in range(days):
        day = first + dt.timedelta(days=number)
        value = values.get(day, 0)
        height = max(LEAST, round(HEIGHT * value / most, 1)) if value else 0
        bars.append(Bar(day, value, round(number * step + GAP / 2, 1), round(HEIGHT - height, 1), round(step - GAP, 1), height))
    return bars


def shares(values: Mapping[str, int], *, most: int = 12) -> list[Share]:
    """The largest first, at most ``most`` lines; what is left is one line more."""
    ordered: Sequence[tuple[str, int]] = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = list(ordered[:most])
    if rest := sum(value for _, value in ordered[most:]):
        shown.append(("All others", rest))
    largest = max([value for _, value in shown] + [1])
    return [Share(name, value, max(1, round(100 * value / largest)) if value else 0) for name, value in shown]
