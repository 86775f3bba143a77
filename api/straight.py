"""Questions to PostgreSQL straight from an event loop: no thread, and the statement is put together once.

For what is asked at every call of a tool. Elsewhere a thread is good enough (``api.threads``); on other databases it is the only
way, and who asks here says what to do there.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
import weakref
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connections
from django.db.models import QuerySet
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

CONNECTIONS = 8
WAIT_SECONDS = 10.0

_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncConnectionPool[Any]] = weakref.WeakKeyDictionary()


def is_possible() -> bool:
    """Whether the database is one that an event loop can ask. Read from the settings: to ask a connection would make one."""
    return bool(connections.settings["default"]["ENGINE"] == "django.db.backends.postgresql")


class Question:
    """One statement, asked with other values each time.

    To put a statement together takes Django longer than PostgreSQL takes to answer it.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, tuple[Any, ...]]]) -> None:
        """``build`` makes a query of ``values_list`` from named values, each of which stands in the statement exactly once."""
        self._build = build
        self._statement: tuple[str, tuple[Any, ...], dict[str, int]] | None = None

    async def ask(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, as the database gives them: JSON is text."""
        sql, given, places = self._statement or self._put_together(values)
        filled = list(given)
        for name, value in values.items():
            filled[places[name]] = value
        return await _asked(sql, tuple(filled))

    def _put_together(self, values: dict[str, Any]) -> tuple[str, tuple[Any, ...], dict[str, int]]:
        marks = {name: uuid.uuid4() if isinstance(value, uuid.UUID) else secrets.token_hex() for name, value in values.items()}
        sql, given = self._build(**marks).query.sql_with_params()
        if any(given.count(mark) != 1 for mark in marks.values()):
            raise ValueError(f"Each of {', '.join(marks)} has to stand in the statement exactly once.")
        self._statement = sql, given, {name: given.index(mark) for name, mark in marks.items()}
        return self._statement


async def execute(sql: str, values: tuple[Any, ...]) -> None:
    """Change something, without a second try."""
    async with (await _pool()).connection(timeout=WAIT_SECONDS) as link:
        await link.execute(sql, values)


async def close() -> None:
    """Give back the connections of this event loop, as when the process ends."""
    pool = _pools.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        await pool.close()


async def _pool() -> AsyncConnectionPool[Any]:
    """A few connections of this event loop, to where Django's own go. A broken one is replaced once somebody has noticed."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        given = connections["default"].get_connection_params()
        options = {name: value for name, value in given.items() if name != "cursor_factory"}
        pool = _pools[loop] = AsyncConnectionPool(
            kwargs={**options, "autocommit": True, "row_factory": tuple_row},
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            name="straight",
        )
        await pool.open()
    return pool


async def _asked(sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Ask, and once more for each connection that the database has dropped meanwhile, as when it was started anew.

    To look at a connection before each use would double the questions, and a question may be asked twice.
    """
    pool = await _pool()
    for _ in range(CONNECTIONS):
        try:
            async with pool.connection(timeout=WAIT_SECONDS) as link:
                return await _all(link, sql, values)
        except PoolTimeout:
            raise
        except psycopg.OperationalError:
            continue
    async with pool.connection(timeout=WAIT_SECONDS) as link:
        return await _all(link, sql, values)


async def _all(link: Any, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = await (await link.execute(sql, values)).fetchall()
    return found
