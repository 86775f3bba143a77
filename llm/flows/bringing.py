"""An owner brings a model key, takes it back, and says whether the other managed vendor may be asked."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import User, Workspace
from ground import vault
from ground.errors import BadInput, SpecStepError
from llm.checking import KeyRefused, check_shape, check_with_vendor
from llm.keys import PURPOSE, VENDORS
from llm.models import OwnKey, VendorChoice


class NoDeveloperAccess(SpecStepError):
    """The account may not bring model keys."""

    detail = "Own model keys need developer access, and this account does not have it. Ask the operator of this service for it."


@sensitive_variables("key", "row")
def add(workspace: Workspace, *, provider: str, key: str, actor: User) -> OwnKey:
    """Check ``key`` with its vendor, one single time, and keep it encrypted. A key that stands there already is replaced.

    Raises ``NoDeveloperAccess``, ``BadInput`` for another vendor or what cannot be a key, ``KeyRefused``, ``NotChecked``. Nothing
    is stored in any of these cases.
    """
    _demand_access(actor)
    if provider not in VENDORS:
        raise BadInput(f"A key can be of {' or '.join(VENDORS.values())}. Choose one of these two.")
    key = key.strip()
    check_shape(provider, key)
    try:
        check_with_vendor(provider, key)
    except KeyRefused:
        audit.record(workspace, audit.Action.OWN_KEY_REFUSED, actor=actor, label=VENDORS[provider])
        raise
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        _demand_access(actor)  # The vendor took its time; an operator may have been faster.
        for before in OwnKey.objects.filter(workspace=workspace, provider=provider):
            revoke(before, actor=actor)
        row = OwnKey(workspace=workspace, provider=provider, last_four=key[-4:])
        row.sealed = vault.seal(key, purpose=PURPOSE, row=row.pk)
        row.save(force_insert=True)
        audit.record(workspace, audit.Action.OWN_KEY_ADDED, actor=actor, label=VENDORS[provider])
    return row


def revoke(own_key: OwnKey, *, actor: User) -> None:
    """Delete the key at once: no ciphertext and no last four characters are left. Revoking twice is revoking once."""
    with transaction.atomic():
        gone, _ = OwnKey.objects.filter(pk=own_key.pk).delete()
        if gone:
            label = VENDORS.get(own_key.provider, "")
            audit.record(own_key.workspace, audit.Action.OWN_KEY_REVOKED, actor=actor, label=label)


def allow_failover(workspace: Workspace, *, allowed: bool, actor: User) -> None:
    """Say whether the other managed vendor may be asked when one cannot answer."""
    with transaction.atomic():
        choice, _ = VendorChoice.objects.select_for_update().get_or_create(workspace=workspace)
        if choice.failover == allowed:
            return
        choice.failover = allowed
        choice.save(update_fields=["failover"])
        action = audit.Action.FAILOVER_ALLOWED if allowed else audit.Action.FAILOVER_FORBIDDEN
        audit.record(workspace, action, actor=actor)


def failover_allowed(workspace_id: uuid.UUID) -> bool:
    """False until the owner says otherwise."""
    return VendorChoice.objects.filter(workspace_id=workspace_id, failover=True).exists()


def _demand_access(actor: User) -> None:
    if not User.objects.filter(pk=actor.pk, is_active=True, developer_access=True).exists():
        raise NoDeveloperAccess
