"""The fixtures themselves: what they start answers, and is empty each time."""

from __future__ import annotations

import psycopg
import pytest
import redis

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("servers")]


@pytest.mark.parametrize("_", [1, 2])
def test_each_test_has_an_empty_database(postgres_url: str, _: int) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT to_regclass('mark')").fetchone() == (None,)
        connection.execute("CREATE TABLE mark (x int)")


@pytest.mark.parametrize("_", [1, 2])
def test_each_test_has_an_empty_redis(redis_url: str, _: int) -> None:
    store = redis.Redis.from_url(redis_url)
    assert store.dbsize() == 0
    store.set("mark", "1")
