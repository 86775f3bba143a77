"""Tokens are renewed shortly before they end, by one worker at a time; what the provider refuses ends the connection.

The worker that renews holds a mark on the row (``renewing_until``), taken by a conditional update, which PostgreSQL and SQLite
both decide for one of several; nobody holds a lock of the database while a provider is asked. The others wait for the row to
change.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid

from django.db import transaction
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.flows import notifying
from connectors.contract import Tokens, provider_of
from connectors.models import ACCESS, REFRESH, Connection, Kind
from connectors.signals import folder_ending
from connectors.troubles import AccessEnded, FolderTrouble, Stopped
from ground import clock, vault
from ground.errors import SpecStepError

log = logging.getLogger(__name__)
SOON = dt.timedelta(minutes=5)
"""A token that ends within this time is renewed before it is used."""
MARK = dt.timedelta(seconds=45)
IDLE = dt.timedelta(days=6)
"""A refresh token that was not used for months ends: at Microsoft after 90 days, at Google after six months (N-67)."""
PATIENCE_SECONDS, POLL_SECONDS = 50.0, 0.05

State = Connection.State


@sensitive_variables()
def token(connection_id: uuid.UUID, refused: str = "") -> str:
    """The access token of a connection, renewed first where it is about to end or is the one that was ``refused``.

    Raises ``Stopped`` when the connection is gone, ``AccessEnded`` when the provider lets us in no more, ``FolderTrouble``.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        row = Connection.objects.filter(pk=connection_id).first()
        if row is None:
            raise Stopped
        if not row.is_connected:
            raise AccessEnded
        held = _opened(row)
        left = row.expires_at - clock.now()
        if left > SOON and held != refused:
            return held
        is_good = left > dt.timedelta() and held != refused
        if not row.sealed_refresh:
            if is_good:
                return held
            _end(row, State.EXPIRED)
            raise AccessEnded("The permission has run out and cannot be renewed. Authorise the folder again.")
        mark = _marked(row)
        if mark is not None:
            try:
                return _renew(row, mark).access
            except AccessEnded:
                raise
            except FolderTrouble:
                if not is_good:
                    raise
                return held
        if time.monotonic() > end:
            raise FolderTrouble("Another worker renews the permission and does not finish. We try again by ourselves.", wait=30.0)
        time.sleep(POLL_SECONDS)


def renew_idle() -> int:
    """Every night: ask the token endpoint, and nothing else, for connections that nobody used for days. How many were renewed."""
    due = Connection.objects.filter(state=State.CONNECTED, renewed_at__lte=clock.now() - IDLE).exclude(sealed_refresh="")
    renewed = 0
    for row in due.filter(workspace__owner__is_active=True):
        mark = _marked(row)
        if mark is None:
            continue
        try:
            _renew(row, mark)
            renewed += 1
        except vault.Unreadable:
            log.warning("The tokens of a folder can no longer be read.")
            _end(row, State.EXPIRED)
        except SpecStepError as error:
            # Those that were refused are told of; of the others the next night decides.
            log.warning("The permission of a folder was not renewed: %s", type(error).__name__)
    return renewed


def end_run_out() -> int:
    """Say of every permission that has run out and cannot be renewed that it has (S-033). How many."""
    over = Connection.objects.filter(state=State.CONNECTED, sealed_refresh="", expires_at__lte=clock.now())
    return sum(_end(row, State.EXPIRED) for row in over)


@sensitive_variables()
def sealed(tokens: Tokens, row: uuid.UUID) -> dict[str, object]:
    """The columns of a connection for these tokens."""
    return {
        "sealed_access": vault.seal(tokens.access, purpose=ACCESS, row=row),
        "sealed_refresh": vault.seal(tokens.refresh, purpose=REFRESH, row=row) if tokens.refresh else "",
        "expires_at": tokens.expires_at,
        "renewed_at": clock.now(),
        "renewing_until": None,
    }


@sensitive_variables()
def _opened(row: Connection) -> str:
    try:
        return vault.unseal(row.sealed_access, purpose=ACCESS, row=row.pk)
    except vault.Unreadable:
        _end(row, State.EXPIRED)
        raise AccessEnded("The stored permission can no longer be read. Authorise the folder again.") from None


def _marked(row: Connection) -> dt.datetime | None:
    """The mark that makes this worker the one who renews; None where another one does, or has done."""
    now = clock.now()
    mark = now + MARK
    free = Q(renewing_until=None) | Q(renewing_until__lte=now)
    # Sealing the same token twice gives two texts, so this says that nobody renewed it since it was read.
    same = Q(pk=row.pk, state=State.CONNECTED, sealed_refresh=row.sealed_refresh)
    return mark if Connection.objects.filter(free & same).update(renewing_until=mark) else None


@sensitive_variables()
def _renew(row: Connection, mark: dt.datetime) -> Tokens:
    mine = Connection.objects.filter(pk=row.pk, renewing_until=mark, state=State.CONNECTED)
    try:
        refresh = vault.unseal(row.sealed_refresh, purpose=REFRESH, row=row.pk)
        tokens = provider_of(row.kind).renew(Kind(row.kind), refresh)
    except AccessEnded:
        _end(row, State.REVOKED)
        raise
    except BaseException:
        mine.update(renewing_until=None)
        raise
    if not tokens.refresh:  # the provider may leave the old one in place (RFC 6749, 6)
        tokens = Tokens(tokens.access, refresh, tokens.expires_at, tokens.tenant)
    if not mine.update(**sealed(tokens, row.pk)):
        raise Stopped
    return tokens


def _end(row: Connection, state: Connection.State) -> bool:
    """Tokens go, the state says why, the owner is told, the trail has it."""
    gone = {"sealed_access": "", "sealed_refresh": "", "renewing_until": None}
    with transaction.atomic():
        if not Connection.objects.filter(pk=row.pk, state=State.CONNECTED).update(state=state, **gone):
            return False
        action = audit.Action.FOLDER_REVOKED if state == State.REVOKED else audit.Action.FOLDER_EXPIRED
        audit.record(row.workspace, action, actor=None, about=row.pk, label=row.get_kind_display())
        about = {"path": row.get_absolute_url(), "kind": row.get_kind_display(), "because": state.value}
        notifying.tell(row.workspace.owner, "folder.ended", about=about)
        folder_ending.send(sender=Connection, connection=row, keep_documents=True)
    return True
