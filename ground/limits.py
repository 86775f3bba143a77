"""Rate limits: token buckets, shared by all processes, in Redis or (on a laptop) in the database.

A bucket holds ``capacity`` tokens and is full again after ``seconds``. Buckets are named by what they protect and whom they count
("api:KEY-ID"), never by an address: callers nobody knows yet are counted in memory only (``Strangers``, N-06).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.db import transaction

from ground import clock
from ground.addresses import network_of
from ground.models import Bucket
from ground.redis_server import reached

# KEYS[1] bucket; ARGV: capacity, seconds, cost, now (seconds). Answers whether it was allowed and the tokens left, as text: Redis
# cuts numbers to integers.
_TAKE = """
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local capacity, seconds, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens, at = tonumber(held[1] or capacity), tonumber(held[2] or now)
tokens = math.min(capacity, tokens + math.max(0, now - at) * capacity / seconds)
local allowed = 0
if tokens >= cost then tokens = tokens - cost; allowed = 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], math.ceil(seconds * 1000) + 1000)
return {allowed, tostring(tokens)}
"""


@dataclass(frozen=True)
class Taken:
    """What one call was answered, in the words of the headers (IETF draft-ietf-httpapi-ratelimit-headers, RFC 9110 10.2.3)."""

    allowed: bool
    limit: int
    remaining: int
    retry_after: int
    """Seconds until one more would be allowed; 0 when this one was."""
    reset: int
    """Seconds until the bucket is full again."""


def take(bucket: str, *, capacity: int, seconds: float, cost: int = 1) -> Taken:
    """Take ``cost`` tokens out of ``bucket``, all or none, atomically over all processes. Raises ``RedisAway``."""
    now = clock.now().timestamp()
    if settings.REDIS_URL:
        allowed, left = _taken_in_redis(bucket, capacity, seconds, cost, now)
    else:
        allowed, left = _taken_in_database(bucket, capacity, seconds, cost, now)
    return _told(allowed, left, capacity, seconds, cost)


def forget(bucket: str) -> None:
    """Fill the bucket again, as when what it protects is gone."""
    if settings.REDIS_URL:
        with reached() as server:
            server.delete(_key(bucket))
    else:
        Bucket.objects.filter(name=bucket).delete()


def sweep() -> int:
    """Delete buckets that have been full for a day. How many."""
    gone, _ = Bucket.objects.filter(full_at__lt=clock.now().timestamp() - 86_400).delete()
    return gone


class Strangers:
    """A limit for callers nobody knows yet, counted in this process's memory under a salted hash for the window (N-06)."""

    def __init__(self, *, capacity: int, seconds: float, at_most: int = 10_000) -> None:
        self._capacity, self._seconds, self._at_most = capacity, seconds, at_most
        self._salt, self._salted_at = secrets.token_bytes(16), clock.now().timestamp()
        self._held: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str) -> Taken:
        """Count one call of ``who`` (an address, which is not kept). All of a network of IPv6 are one."""
        who = network_of(who)
        with self._lock:
            now = clock.now().timestamp()
            if now - self._salted_at > self._seconds:
                # A full window has passed: every bucket of the old salt is as good as full.
                self._salt, self._salted_at = secrets.token_bytes(16), now
                self._held.clear()
            name = hashlib.blake2b(who.encode(), key=self._salt, digest_size=16).digest()
            tokens, at = self._held.pop(name, (float(self._capacity), now))
            allowed, tokens = _drawn(tokens, at, now, self._capacity, self._seconds, 1)
            self._held[name] = (tokens, now)
            if len(self._held) > self._at_most:
                self._held.popitem(last=False)
        return _told(allowed, tokens, self._capacity, self._seconds, 1)


def _taken_in_redis(bucket: str, capacity: int, seconds: float, cost: int, now: float) -> tuple[bool, float]:
    with reached() as server:
        allowed, left = server.eval(_TAKE, 1, _key(bucket), capacity, seconds, cost, now)
    return bool(int(allowed)), float(left)


def _taken_in_database(bucket: str, capacity: int, seconds: float, cost: int, now: float) -> tuple[bool, float]:
    with transaction.atomic():
        # Two first calls at once: one inserts, and both lock the row that stands.
        Bucket.objects.bulk_create([Bucket(name=bucket, tokens=capacity, at=now, full_at=now)], ignore_conflicts=True)
        row = Bucket.objects.select_for_update().get(name=bucket)
        allowed, row.tokens = _drawn(row.tokens, row.at, now, capacity, seconds, cost)
        row.at, row.full_at = max(now, row.at), now + (capacity - row.tokens) * seconds / capacity
        row.save()
    return allowed, row.tokens


def _drawn(tokens: float, at: float, now: float, capacity: int, seconds: float, cost: int) -> tuple[bool, float]:
    tokens = min(capacity, tokens + max(0.0, now - at) * capacity / seconds)
    return (True, tokens - cost) if tokens >= cost else (False, tokens)


def _told(allowed: bool, left: float, capacity: int, seconds: float, cost: int) -> Taken:
    each = seconds / capacity
    return Taken(
        allowed=allowed,
        limit=capacity,
        remaining=int(left),
        retry_after=0 if allowed else max(1, ceil((cost - left) * each)),
        reset=ceil((capacity - left) * each),
    )


def _key(bucket: str) -> str:
    return f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}limit:{bucket}"
