"""Signs of life of what must happen regularly."""

from __future__ import annotations

import datetime as dt

from ground import clock
from ground.models import Pulse


def beat(name: str) -> None:
    """Note that ``name`` happened now."""
    now = clock.now()
    if not Pulse.objects.filter(name=name).update(at=now):
        Pulse.objects.bulk_create([Pulse(name=name, at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


def began(name: str) -> None:
    """Note that ``name`` happened for the first time; later times change nothing."""
    Pulse.objects.bulk_create([Pulse(name=name, at=clock.now())], ignore_conflicts=True)


def age(name: str) -> dt.timedelta | None:
    """How long ago ``name`` happened; None when it never did."""
    last = last_of([name]).get(name)
    return None if last is None else clock.now() - last


def last_of(names: list[str]) -> dict[str, dt.datetime]:
    """When each of these last happened; those that never did are left out."""
    return dict(Pulse.objects.filter(name__in=names).values_list("name", "at"))
