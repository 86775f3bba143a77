"""A folder is disconnected: our own tokens are destroyed first, then the provider is told where it can be (N-21)."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import User
from connectors import pacing
from connectors.contract import PROVIDERS, FolderTrouble, provider_named
from connectors.models import ACCESS, REFRESH, Connection, Kind
from connectors.signals import folder_ending
from ground import vault
from ground.errors import NotConfigured

log = logging.getLogger(__name__)
PATIENCE_SECONDS, POLL_SECONDS = 8.0, 0.05
"""How long the answer waits for a request that is on its way. A download notices within half a second that it is over."""


@dataclass(frozen=True)
class Farewell:
    """What came of it."""

    told: bool
    """The provider ended the permission at our word."""
    can_be_told: bool
    by_hand: str
    """The provider's page on which the person can end it."""


@sensitive_variables()
def disconnect(connection: Connection, *, keep_documents: bool, actor: User, means: audit.Means | None = None) -> Farewell:
    """At once: tokens and connection are gone, running work stops before its next request, and none is under way when this
    returns. Twice is once."""
    kind, pk = Kind(connection.kind), connection.pk
    with transaction.atomic():
        row = Connection.objects.select_for_update().filter(pk=pk).first()
        secret = ""
        if row is not None:
            secret = _strongest(row)
            folder_ending.send(sender=Connection, connection=row, keep_documents=keep_documents)
            row.delete()
            audit.record(
                connection.workspace,
                audit.Action.FOLDER_DISCONNECTED,
                actor=actor,
                means=means,
                about=pk,
                label=kind.label,
            )
    end = time.monotonic() + PATIENCE_SECONDS
    while pacing.under_way(pk) and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return _tell(kind, secret)


@sensitive_variables()
def forget(user: User) -> None:
    """The account goes, inside the transaction that deletes it: providers are told once that stands."""
    for row in Connection.objects.filter(workspace__owner=user):
        secret = _strongest(row)
        if secret:
            transaction.on_commit(partial(_tell, Kind(row.kind), secret), robust=True)


@sensitive_variables()
def _strongest(row: Connection) -> str:
    """The token whose end ends the others."""
    with contextlib.suppress(vault.Unreadable):
        if row.sealed_refresh:
            return vault.unseal(row.sealed_refresh, purpose=REFRESH, row=row.pk)
        if row.sealed_access:
            return vault.unseal(row.sealed_access, purpose=ACCESS, row=row.pk)
    return ""


@sensitive_variables()
def _tell(kind: Kind, secret: str) -> Farewell:
    provider = provider_named(PROVIDERS[kind])
    try:
        if secret:
            provider.revoke(secret)
    except NotImplementedError:
        return Farewell(told=False, can_be_told=False, by_hand=provider.by_hand())
    except (FolderTrouble, NotConfigured) as error:
        log.warning("%s was not told that a permission ended: %s", provider.name, type(error).__name__)
        return Farewell(told=False, can_be_told=True, by_hand=provider.by_hand())
    return Farewell(told=bool(secret), can_be_told=True, by_hand=provider.by_hand())
