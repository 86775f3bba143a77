"""Whose token is this? One question to the database, for each call of a tool.

A token counts while its row stands (revoking deletes it), for 90 days, for the MCP server alone, and while its owner's account is
open. ``recognise`` and ``still_valid`` ask from a thread; ``recognise_async`` and ``still_valid_async`` from an event loop: on
PostgreSQL straight, elsewhere in one of a few threads.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.views.decorators.debug import sensitive_variables

from accounts.audit import Means
from accounts.models import Workspace
from api import straight
from api.authenticating import Caller
from api.models import AccessToken
from api.oauth import places
from api.oauth.rules import tokens
from api.threads import in_thread
from ground import clock

NOTED_EVERY = dt.timedelta(minutes=1)
"""``last_used_at`` is written at most this often."""

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
    if not straight.is_possible():
        return await in_thread(recognise, raw)
    found = _judged(_one(await _BY_CHECKSUM.ask(checksum=tokens.checksum(raw))))
    if found is not None and _is_due(found):
        await _note_use_async(found.grantee.token_id)
    return found.grantee if found else None


def still_valid(token_id: UUID) -> bool:
    """Does the token that opened a stream still count? Ask again and again while the stream is open (S-098)."""
    return _judged(_row(pk=token_id).first()) is not None


async def still_valid_async(token_id: UUID) -> bool:
    """The same for an event loop."""
    if not straight.is_possible():
        return await in_thread(still_valid, token_id)
    return _judged(_one(await _BY_ID.ask(pk=token_id))) is not None


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


_BY_CHECKSUM = straight.Question(lambda checksum: _row(token_checksum=checksum))
_BY_ID = straight.Question(lambda pk: _row(pk=pk))


def _one(rows: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    return rows[0] if rows else None


async def _note_use_async(token_id: UUID) -> None:
    table = AccessToken._meta.db_table
    await straight.execute(
        f"UPDATE {table} SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s)",  # noqa: S608
        (_minute(), token_id, clock.now() - NOTED_EVERY),
    )
