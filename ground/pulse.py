"""Signs of life of what must happen regularly."""

from __future__ import annotations

import datetime as dt

from ground import clock
from ground.models import Pulse


def beat(name: str) -> None:
    """Note that ``name`` happened now."""
    Pulse.objects.update_or_create(name=name, defaults={"at": clock.now()})


def age(name: str) -> dt.timedelta | None:
    """How long ago ``name`` happened; None when it never did."""
    last = Pulse.objects.filter(name=name).values_list("at", flat=True).first()
    return None if last is None else clock.now() - last
