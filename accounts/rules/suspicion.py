"""When does the use of an API key look like somebody else's? Told by days, counts and kinds of client; never by an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FAILURES, PATTERN = "failures", "pattern"
"""Why a key was suspended, as its row says it."""

_PRODUCT = re.compile(r"\s*([A-Za-z][\w.+-]{0,39})", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """The numbers of ``accounts/suspicion.yaml``."""

    failures_at: int
    failures_seconds: int
    clients_more_than: int
    clients_seconds: int
    rate_times: int
    rate_at_least: int
    rate_days: int
    rate_used_on: int
    slept_days: int
    slept_calls: int
    looked_at_every: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Limits:
        """From the file as it is parsed. Raises ``KeyError`` and ``TypeError`` where a number is missing."""
        groups = ("failures", "clients", "rate", "slept")
        flat = {f"{group}_{name}": int(number) for group in groups for name, number in told[group].items()}
        return cls(**flat, looked_at_every=int(told["looked_at_every"]))


@dataclass(frozen=True)
class Habit:
    """How a key is used: its calls by day, as whole days."""

    calls_today: int
    days_old: int
    """Since it was made."""
    before: Mapping[int, int]
    """Calls by how many days ago, 1 for yesterday; days without a call are missing."""


def is_out_of_habit(habit: Habit, limits: Limits) -> bool:
    """Far more than the key ever did, or a burst after a long sleep."""
    return _is_far_above(habit, limits) or _woke_with_a_burst(habit, limits)


def client_kind(user_agent: str) -> str:
    """The family of a client, without its version: "curl/8.5.0" is "curl". Whoever says nothing is "unnamed"."""
    named = _PRODUCT.match(user_agent)
    return named[1].lower() if named else "unnamed"


def _is_far_above(habit: Habit, limits: Limits) -> bool:
    lately = [calls for ago, calls in habit.before.items() if ago <= limits.rate_days]
    if len(lately) < limits.rate_used_on:
        return False  # no habit yet
    return habit.calls_today >= max(limits.rate_at_least, limits.rate_times * max(lately))


def _woke_with_a_burst(habit: Habit, limits: Limits) -> bool:
    slept = habit.days_old >= limits.slept_days and all(ago >= limits.slept_days for ago in habit.before)
    return slept and habit.calls_today >= limits.slept_calls
