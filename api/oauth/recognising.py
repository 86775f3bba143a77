"""Whose token is this? One question to the database, for each call of a tool.

A token counts while its row stands (revoking deletes it), for 90 days, for the MCP server alone, and while its owner's account is
open. ``recognise`` and ``still_valid`` ask from a thread; ``recognise_async`` and ``still_valid_async`` from an event loop: on
PostgreSQL straight, elsewhere in one of a few threads.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import weakref
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, connections
from django.db.models import Q, QuerySet
from django.views.decorators.debug import sensitive_variables
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from accounts.audit import Means
from accounts.models import Workspace
from api.authenticating import Caller
from api.models import AccessToken
from api.oauth import places
from api.oauth.rules import tokens
from api.threads import in_thread
from ground import clock

NOTED_EVERY = dt.timedelta(minutes=1)
"""``last_used_at`` is written at most this often."""
CONNECTIONS = 8
WAIT_SECONDS = 10.0

_COLUMNS = (
    "pk",
    "user_id",
    "user__workspaces__pk",
    "application__client_id",
    "application__name",
    "resource",
    "scope",
    "expires",
    "last_used_at",
    "user__is_active",
    "user__suspended_at",
)


@dataclass(frozen=True)
class Grantee:
    """A tool that calls as a person, by value: nothing here needs the database."""

    token_id: UUID
    user_id: UUID
    workspace_id: UUID
    client_id: str
    client_name: str
    """As the tool named itself; nobody has checked it."""
    scopes: tuple[str, ...]
    expires_at: dt.datetime
    means: Means = Means.TOOL

    def caller(self) -> Caller:
        """Owner and workspace, read anew, from a thread. Raises ``Workspace.DoesNotExist`` once they are gone."""
        workspace = Workspace.objects.select_related("owner").get(pk=self.workspace_id, owner_id=self.user_id)
        return Caller(workspace.owner, workspace, self.token_id, self.client_name, Means.TOOL)


@sensitive_variables("raw")
def recognise(raw: str) -> Grantee | None:
    """Who calls with this token; None where nobody may: unknown, revoked, expired, for another server, of a closed account."""
    if not tokens.is_whole(raw):
        return None
    found = _judged(_row(token_checksum=tokens.checksum(raw)).first())
    if found is not None and _is_due(found):
        _unnoted(found.grantee.token_id).update(last_used_at=_minute())
    return found.grantee if found else None


@sensitive_variables("raw")
async def recognise_async(raw: str) -> Grantee | None:
    """The same for an event loop."""
    if not tokens.is_whole(raw):
        return None
    if connection.vendor != "postgresql":
        return await in_thread(recognise, raw)
    found = _judged(await _asked("token_checksum", tokens.checksum(raw)))
    if found is not None and _is_due(found):
        async with (await _pool()).connection(timeout=WAIT_SECONDS) as link:
            await _note_use(link, found.grantee.token_id)
    return found.grantee if found else None


def still_valid(token_id: UUID) -> bool:
    """Does the token that opened a stream still count? Ask again and again while the stream is open (S-098)."""
    return _judged(_row(pk=token_id).first()) is not None


async def still_valid_async(token_id: UUID) -> bool:
    """The same for an event loop."""
    if connection.vendor != "postgresql":
        return await in_thread(still_valid, token_id)
    return _judged(await _asked("pk", token_id)) is not None


async def close_async() -> None:
    """Give back the connections of this event loop, as when the process ends."""
    pool = _pools.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        await pool.close()


@dataclass(frozen=True)
class _Found:
    grantee: Grantee
    last_used_at: dt.datetime | None


def _row(**known: Any) -> QuerySet[AccessToken, tuple[Any, ...]]:
    return AccessToken.objects.filter(user__workspaces__personal=True, **known).order_by().values_list(*_COLUMNS)


def _judged(row: tuple[Any, ...] | None) -> _Found | None:
    if row is None:
        return None
    pk, user, workspace, client, name, resource, scope, expires, used, active, suspended = row
    audience = json.loads(resource) if isinstance(resource, str) else resource
    if expires <= clock.now() or not active or suspended is not None or audience != [places.resource()]:
        return None
    return _Found(Grantee(pk, user, workspace, client, name or "A tool without a name", tuple(scope.split()), expires), used)


def _is_due(found: _Found) -> bool:
    return found.last_used_at is None or found.last_used_at <= clock.now() - NOTED_EVERY


def _unnoted(token_id: UUID) -> QuerySet[AccessToken]:
    """The row, unless another call noted its use within the minute."""
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=clock.now() - NOTED_EVERY)
    return AccessToken.objects.filter(long_ago, pk=token_id)


def _minute() -> dt.datetime:
    return clock.now().replace(second=0, microsecond=0)


# --- PostgreSQL from an event loop ---------------------------------------------------------------------------------------------

_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncConnectionPool[Any]] = weakref.WeakKeyDictionary()


async def _pool() -> AsyncConnectionPool[Any]:
    """A few connections of this event loop, to where Django's own go. A broken one is replaced once somebody has noticed."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        given = connections["default"].get_connection_params()
        options = {name: value for name, value in given.items() if name not in ("cursor_factory", "context")}
        pool = _pools[loop] = AsyncConnectionPool(
            kwargs={**options, "autocommit": True, "row_factory": tuple_row},
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            name="tokens",
        )
        await pool.open()
    return pool


async def _asked(name: str, value: Any) -> tuple[Any, ...] | None:
    """Ask, and once more for each connection that the database has dropped meanwhile, as when it was started anew.

    To look at a connection before each use would double the questions, and a question may be asked twice.
    """
    sql, values, place = _sql(name)
    given = (*values[:place], value, *values[place + 1 :])
    pool = await _pool()
    for _ in range(CONNECTIONS):
        try:
            async with pool.connection(timeout=WAIT_SECONDS) as link:
                return await _first(link, sql, given)
        except PoolTimeout:
            raise
        except psycopg.OperationalError:
            continue
    async with pool.connection(timeout=WAIT_SECONDS) as link:
        return await _first(link, sql, given)


async def _first(link: Any, sql: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = await (await link.execute(sql, given)).fetchone()
    return found


@cache
def _sql(name: str) -> tuple[str, tuple[Any, ...], int]:
    """The question of ``_row`` as PostgreSQL reads it, its values, and which of them the known one is."""
    known = UUID(int=0) if name == "pk" else "?"
    sql, values = _row(**{name: known}).query.sql_with_params()
    return sql, values, values.index(known)


async def _note_use(link: Any, token_id: UUID) -> None:
    table = AccessToken._meta.db_table
    await link.execute(
        f"UPDATE {table} SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s)",  # noqa: S608
        (_minute(), token_id, clock.now() - NOTED_EVERY),
    )
