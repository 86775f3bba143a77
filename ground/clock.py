"""The one place that says what time it is, so that tests can move it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

_offset = dt.timedelta()
_frozen: dt.datetime | None = None


def now() -> dt.datetime:
    """The current time in UTC, shifted or frozen by a test."""
    return (_frozen or dt.datetime.now(dt.UTC)) + _offset


def today() -> dt.date:
    """The current date in UTC."""
    return now().date()


@contextmanager
def frozen(at: dt.datetime) -> Iterator[None]:
    """Stop the clock at ``at`` (aware)."""
    global _frozen
    before, _frozen = _frozen, at
    try:
        yield
    finally:
        _frozen = before


@contextmanager
def moved(by: dt.timedelta) -> Iterator[None]:
    """Move the clock by ``by`` for the length of the block."""
    global _offset
    _offset += by
    try:
        yield
    finally:
        _offset -= by
