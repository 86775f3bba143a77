"""A folder is disconnected: our own tokens are destroyed first, then the provider is told where it can be (N-21)."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import User
from connectors import pacing, periods
from connectors.contract import PROVIDERS, provider_named
from connectors.models import ACCESS, REFRESH, Connection, Kind, Revocation
from connectors.signals import folder_ending
from connectors.troubles import FolderTrouble
from ground import clock, vault
from ground.errors import NotConfigured

log = logging.getLogger(__name__)
REVOCATION = "permission of a deleted account"
LEASE = dt.timedelta(minutes=3)
LONGEST_WAIT = dt.timedelta(hours=1)
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
    """The account goes, inside the transaction that deletes it: providers are told once that stands, and until they answer."""
    for row in Connection.objects.filter(workspace__owner=user):
        secret = _strongest(row)
        if secret:
            order = Revocation(kind=row.kind)
            order.sealed = vault.seal(secret, purpose=REVOCATION, row=order.pk)
            order.save(force_insert=True)
            transaction.on_commit(partial(carry_out, order.pk), robust=True)


@sensitive_variables()
def carry_out(pk: uuid.UUID) -> bool:
    """Tell the provider that this permission has ended. False when another process is at it, or the provider did not answer."""
    now = clock.now()
    free = Revocation.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    if not free.update(lease_until=now + LEASE, tries=F("tries") + 1):
        return False
    order = Revocation.objects.get(pk=pk)
    try:
        secret = vault.unseal(order.sealed, purpose=REVOCATION, row=order.pk)
    except vault.Unreadable:
        log.error("A permission of a deleted account can no longer be read, so %s is not told of its end.", order.kind)
        secret = ""
    farewell = _tell(Kind(order.kind), secret)
    if secret and farewell.can_be_told and not farewell.told:
        wait = min(LONGEST_WAIT, dt.timedelta(seconds=30) * 2 ** min(order.tries, 10))
        Revocation.objects.filter(pk=pk).update(lease_until=clock.now() + wait)
        return False
    order.delete()
    return True


def carry_out_due() -> int:
    """All that nobody is at; what was not done within a day is given up, and its token destroyed. How many were told of."""
    over = Revocation.objects.filter(created_at__lte=clock.now() - periods.REVOCATION.length)
    if given_up := over.delete()[0]:
        log.error("Permissions of deleted accounts that a provider was not told of within a day: %d.", given_up)
    due = Revocation.objects.filter(Q(lease_until=None) | Q(lease_until__lte=clock.now())).values_list("pk", flat=True)
    return sum(carry_out(pk) for pk in list(due))


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
