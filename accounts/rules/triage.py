"""How long a bug report may wait until it is looked at, and until it is resolved (S-080)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NEXT = {"open": ("triaged",), "triaged": ("resolved", "declined"), "resolved": (), "declined": ()}
"""Which state may follow which."""


@dataclass(frozen=True)
class Target:
    """Hours from filing, for one severity."""

    triage: float
    resolution: float


@dataclass(frozen=True)
class Targets:
    by_severity: Mapping[str, Target]
    kept_days: int
    """How long the words of a resolved report stay (N-29)."""


@dataclass(frozen=True)
class Clock:
    """How long one of the two waits took, or takes so far."""

    took: dt.timedelta
    target: dt.timedelta
    stopped: bool

    @property
    def late(self) -> bool:
        return self.took > self.target

    @property
    def left(self) -> dt.timedelta:
        return self.target - self.took


def read(given: Mapping[str, Any]) -> Targets:
    """The targets from ``accounts/triage.yaml``. Raises ``KeyError`` or ``ValueError`` where it is not whole."""
    targets = {
        severity: Target(float(row["triage_hours"]), float(row["resolution_hours"]))
        for severity, row in given["severities"].items()
    }
    kept = int(given["kept_days_after_resolution"])
    if kept < 0 or any(target.triage <= 0 or target.resolution < target.triage for target in targets.values()):
        raise ValueError("triage.yaml: hours are above 0, resolution is not before triage, days are not negative.")
    return Targets(targets, kept)


def clocks(
    filed: dt.datetime, triaged: dt.datetime | None, closed: dt.datetime | None, *, now: dt.datetime, target: Target
) -> tuple[Clock, Clock]:
    """Time to triage and time to resolution. Both run from the filing; a report that is closed has been looked at."""
    looked = triaged or closed
    return (
        Clock((looked or now) - filed, dt.timedelta(hours=target.triage), looked is not None),
        Clock((closed or now) - filed, dt.timedelta(hours=target.resolution), closed is not None),
    )


def in_words(span: dt.timedelta) -> str:
    """A length of time as one says it: "40 min", "5 h 10 min", "3 d 4 h"."""
    minutes = int(abs(span).total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"
