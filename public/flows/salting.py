"""The salt of the day: 32 random bytes in one place, replaced at 00:00 UTC and then unrecoverable (N-03).

It is derived from nothing. Redis holds it until midnight; where there is no Redis, one row of the database is written over. No
process keeps a copy: each view asks, so all processes use the same salt at the same time.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from ground import clock
from ground.redis_server import reached
from public.models import Salt

BYTES = 32
# KEYS[1] the salt; ARGV: day, a fresh salt, milliseconds to midnight. A clock that is a little behind gets the newer salt.
_TODAY = """
local day, value = redis.call('HGET', KEYS[1], 'day'), redis.call('HGET', KEYS[1], 'value')
if not day or day < ARGV[1] then
  day, value = ARGV[1], ARGV[2]
  redis.call('HSET', KEYS[1], 'day', day, 'value', value)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return {day, value}
"""


@dataclass(frozen=True, repr=False)
class DaySalt:
    """A salt and the day it is for; a view made with it belongs to that day."""

    day: dt.date
    value: bytes


def today() -> DaySalt:
    """The salt of now. The first view of a day makes it, over the one of the day before."""
    return _of_redis() if settings.REDIS_URL else _of_database()


def rotate() -> None:
    """Replace yesterday's salt also on a day without visitors. Safe at any time."""
    today()


def left() -> dt.timedelta:
    """How long until the next rotation."""
    now = clock.now()
    return dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC) - now


def _of_redis() -> DaySalt:
    key = f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}traffic:salt"
    milliseconds = max(1, int(left().total_seconds() * 1000))
    fresh = secrets.token_bytes(BYTES)
    with reached() as server:
        day, value = server.eval(_TODAY, 1, key, clock.today().isoformat(), fresh, milliseconds)
    return DaySalt(dt.date.fromisoformat(day.decode()), bytes(value))


def _of_database() -> DaySalt:
    day = clock.today()
    row = Salt.objects.filter(pk=1, day__gte=day).first()
    if row is None:
        with transaction.atomic():
            # Two first views of a day at once: one inserts or rotates, and the other finds what stands.
            yesterday = day - dt.timedelta(days=1)
            Salt.objects.bulk_create([Salt(pk=1, day=yesterday, value=b"")], ignore_conflicts=True)
            row = Salt.objects.select_for_update().get(pk=1)
            if row.day < day:
                row.day, row.value = day, secrets.token_bytes(BYTES)
                row.save()
    return DaySalt(row.day, bytes(row.value))
