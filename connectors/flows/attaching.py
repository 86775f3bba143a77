"""A person lets SpecStep into one folder: there to the provider, back with a code, then the choice of the folder, once.

What stands in between is one row for 30 minutes at most (S-047). It is bound to the browser's session that began it; its state is
good for one way back; the verifier (PKCE) and the tokens lie sealed in it and go with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import Session, User
from connectors import periods
from connectors.contract import Provider, Tokens, provider_of
from connectors.flows import renewing
from connectors.flows.calling import ATTACH_ACCESS, ATTACH_FLOW, ATTACH_REFRESH, choosing
from connectors.models import Attach, Connection, Kind
from connectors.pacing import lane_of
from connectors.troubles import FolderTrouble, NotThere
from ground import clock, vault
from ground.errors import BadInput, Conflict
from llm.guarding import guarded

LIFETIME = periods.ATTACH.length
MAX_CONNECTIONS, MAX_PICKED = 20, 200
OVER = "Connecting this folder took longer than 30 minutes, so it has ended and nothing of it is kept. Begin again."
NOT_OURS = "This way back belongs to no attempt that was begun in this browser. Begin again."


@sensitive_variables()
def begin(
    user: User, kind: Kind, *, session: Session, back: str = "", connection: Connection | None = None
) -> tuple[Attach, str]:
    """The row of a new attempt, and the provider's page to go to. An earlier attempt for the same kind ends.

    ``connection``: authorise this one again. Raises ``NotConfigured``, ``Conflict``, ``FolderTrouble``.
    """
    provider = provider_of(kind)
    if connection is None and Connection.objects.filter(workspace=user.workspace).count() >= MAX_CONNECTIONS:
        raise Conflict(f"{MAX_CONNECTIONS} folders are connected; no more fit. Disconnect one first.")
    begun = provider.begin(kind, back=way_back(provider))
    attach = Attach(workspace=user.workspace, user=user, session=session, kind=kind, connection=connection, back=back[:200])
    attach.ends_at = clock.now() + LIFETIME
    attach.state_digest = _digest(begun.state)
    attach.sealed_flow = vault.seal(json.dumps(begun.secret), purpose=ATTACH_FLOW, row=attach.pk)
    with transaction.atomic():
        Attach.objects.filter(user=user, kind=kind).delete()
        attach.save(force_insert=True)
    return attach, begun.address


@sensitive_variables()
def come_back(user: User, name: str, answer: Mapping[str, str], *, session: Session) -> Attach | Connection:
    """The provider sent the person back. The attempt with its tokens, or the connection where nothing is left to be chosen.

    Raises ``BadInput`` for a state that is not ours, ``FolderTrouble`` when the provider gave nothing; then nothing is kept.
    """
    attach = Attach.objects.filter(state_digest=_digest(answer.get("state", "")), user=user).first()
    if attach is None or attach.session_id != session.pk:
        raise BadInput(NOT_OURS)
    if attach.ends_at <= clock.now():
        attach.delete()
        raise BadInput(OVER)
    # Good for one way back: whoever comes second finds no such state.
    if not Attach.objects.filter(pk=attach.pk, state_digest=attach.state_digest).update(state_digest=None):
        raise BadInput(NOT_OURS)
    try:
        provider = provider_of(attach.kind)
        if provider.name.lower() != name:
            raise BadInput(NOT_OURS)
        secret = json.loads(vault.unseal(attach.sealed_flow, purpose=ATTACH_FLOW, row=attach.pk))
        tokens = provider.redeem(Kind(attach.kind), secret, answer, back=way_back(provider))
        return _let_in(attach, provider, tokens, answer)
    except BaseException:
        Attach.objects.filter(pk=attach.pk).delete()
        raise


def connect(attach: Attach, *, drive: str, folder: str, name: str, picked: bool = False) -> Connection:
    """The folder is chosen: the connection stands, and nothing of the attempt is left. Raises ``Conflict`` when it has ended."""
    # It is shown and kept; a secret that somebody put into it is taken out first.
    clean = guarded(attach.workspace_id, name[:255]).text[:255]
    connection = Connection(workspace=attach.workspace, kind=attach.kind, drive=drive, folder=folder, folder_name=clean)
    connection.picked, connection.lane = picked, attach.lane
    for column, value in renewing.sealed(tokens_of(attach), connection.pk).items():
        setattr(connection, column, value)
    with transaction.atomic():
        gone, _ = Attach.objects.filter(pk=attach.pk, ends_at__gt=clock.now()).delete()
        if not gone:
            raise Conflict(OVER)
        connection.save(force_insert=True)
        _record(connection, audit.Action.FOLDER_CONNECTED, attach.user)
    return connection


@sensitive_variables()
def tokens_of(attach: Attach) -> Tokens:
    access = vault.unseal(attach.sealed_access, purpose=ATTACH_ACCESS, row=attach.pk)
    refresh = vault.unseal(attach.sealed_refresh, purpose=ATTACH_REFRESH, row=attach.pk) if attach.sealed_refresh else ""
    assert attach.expires_at is not None
    return Tokens(access, refresh, attach.expires_at)


def give_up(attach: Attach) -> None:
    """The person thinks better of it: what stands goes at once."""
    Attach.objects.filter(pk=attach.pk).delete()


def way_back(provider: Provider) -> str:
    """The address of ours that providers send people back to; registered there, letter by letter."""
    return f"{settings.SITE_URL}{reverse(f'connectors:back_{provider.name.lower()}')}"


@sensitive_variables()
def _let_in(attach: Attach, provider: Provider, tokens: Tokens, answer: Mapping[str, str]) -> Attach | Connection:
    attach.sealed_flow, attach.state_digest = "", None
    attach.sealed_access = vault.seal(tokens.access, purpose=ATTACH_ACCESS, row=attach.pk)
    attach.sealed_refresh = vault.seal(tokens.refresh, purpose=ATTACH_REFRESH, row=attach.pk) if tokens.refresh else ""
    attach.expires_at, attach.lane = tokens.expires_at, lane_of(provider.name, tokens.tenant)
    if not Attach.objects.filter(pk=attach.pk).update(
        sealed_flow="",
        sealed_access=attach.sealed_access,
        sealed_refresh=attach.sealed_refresh,
        expires_at=attach.expires_at,
        lane=attach.lane,
    ):
        raise BadInput(OVER)
    picked = _picked(provider, answer) if provider.picks_files(Kind(attach.kind)) else []
    if attach.connection is not None:
        return _again(attach, attach.connection, provider, tokens, picked)
    if not provider.picks_files(Kind(attach.kind)):
        return attach
    if not picked:
        raise FolderTrouble("You picked no file at Google, so nothing is connected.", permanent=True)
    with choosing(attach) as border:
        first = provider.entry(border, "", picked[0])
    more = f" and {len(picked) - 1} more" if len(picked) > 1 else ""
    return connect(attach, drive="", folder="\n".join(picked), name=f"{first.name[:200]}{more}", picked=True)


@sensitive_variables()
def _again(attach: Attach, row: Connection, provider: Provider, tokens: Tokens, picked: list[str]) -> Connection:
    """The same folder, with a new permission: only if that permission reaches it."""
    folder = row.folder if not (row.picked and picked) else "\n".join(picked)
    with choosing(attach) as border:
        try:
            provider.entry(border, row.drive, folder.splitlines()[0])
        except NotThere:
            raise FolderTrouble(
                f"With this account {provider.name} does not show the folder. Sign in there with the one you connected it with.",
                permanent=True,
            ) from None
    fields: dict[str, Any] = renewing.sealed(tokens, row.pk) | {"lane": attach.lane, "folder": folder}
    with transaction.atomic():
        Attach.objects.filter(pk=attach.pk).delete()
        if not Connection.objects.filter(pk=row.pk).update(state=Connection.State.CONNECTED, **fields):
            raise Conflict("This folder was disconnected in the meantime. Connect it anew.")
        row.refresh_from_db()
        _record(row, audit.Action.FOLDER_AUTHORISED, attach.user)
    return row


def _picked(provider: Provider, answer: Mapping[str, str]) -> list[str]:
    """The ids that the provider's own picker handed over. Its permission opens these and no others."""
    ids = [one for one in answer.get("picked_file_ids", "").split(",") if one]
    if not all(provider.knows_id(one) for one in ids) or len(ids) > MAX_PICKED:
        raise BadInput(f"This is no list of up to {MAX_PICKED} picked files. Begin again.")
    return list(dict.fromkeys(ids))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _record(connection: Connection, action: audit.Action, actor: User) -> None:
    audit.record(connection.workspace, action, actor=actor, about=connection.pk, label=connection.get_kind_display())
