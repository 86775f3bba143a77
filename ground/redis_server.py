"""The service's Redis, where it has one. Loaded at first need: the client costs half a second at the start of every process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from ground.errors import SpecStepError

if TYPE_CHECKING:
    import redis


class RedisAway(SpecStepError):
    """Redis did not answer; ``reason`` is the class of what its client raised."""

    detail = "A part of the service does not answer just now. Try again in a minute."

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@contextmanager
def reached() -> Iterator[redis.Redis]:
    """The Redis of ``settings.REDIS_URL``. Raises ``RedisAway`` for whatever goes wrong with it in the block."""
    from redis import RedisError

    try:
        yield client(settings.REDIS_URL)
    except RedisError as error:
        raise RedisAway(type(error).__name__) from error


@lru_cache(maxsize=4)
def client(url: str) -> redis.Redis:
    """The connections of this process to the Redis at ``url``."""
    import redis

    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30)
