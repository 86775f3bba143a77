"""API keys are made, revoked, suspended and let in again. The key itself is handed over once and kept nowhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.flows.notifying import tell
from accounts.models import ApiKey, AuditEvent, User, Workspace
from accounts.rules import keys
from ground import clock, guarding
from ground.errors import BadInput, Conflict
from ground.rows import new_id

SALT_BYTES = 16
LIFETIMES = (7, 30, 90, 365)
"""Days that the form offers; without one a key lives until it is revoked."""
LONGEST_LIFE = 3650


class MadeAlready(Conflict):
    """The form was sent twice."""

    detail = (
        "This form made its key already. The key was shown once and cannot be shown again: "
        "if you do not have it, revoke it and make another."
    )


@dataclass(frozen=True)
class Made:
    """A new key: its row, and the one time that its text is at hand."""

    row: ApiKey
    raw: str = field(repr=False)


@sensitive_variables()
def make(
    user: User,
    *,
    name: str,
    days: int | None = None,
    row_id: uuid.UUID | None = None,
    actor: User | None = None,
    means: AuditEvent.Means | None = None,
) -> Made:
    """Make a key that acts as ``user``, for ``days`` days or until it is revoked.

    ``row_id`` is what a form carries so that sending it twice makes one key. Raises ``BadInput`` for a name or a life that cannot
    be, ``MadeAlready``, and ``Conflict`` where the account has as many keys as it may.
    """
    name = " ".join(name.split())
    if why := keys.why_no_name(name):
        raise BadInput(why)
    if not guarding.is_clean(name):
        raise BadInput("This name holds the number of a card or another secret, which we do not store. Choose another name.")
    if days is not None and not 1 <= days <= LONGEST_LIFE:
        raise BadInput(f"A key lives from 1 to {LONGEST_LIFE} days, or until it is revoked.")
    row_id = row_id or new_id()
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update(no_key=True).get(pk=user.workspace.pk)
        if _was_made(row_id):
            raise MadeAlready
        if ApiKey.objects.filter(workspace=workspace).count() >= settings.API_KEYS_AT_MOST:
            raise Conflict(f"This account has {settings.API_KEYS_AT_MOST} keys, which is the most. Revoke one that is not used.")
        raw, salt = _new_raw(), secrets.token_bytes(SALT_BYTES)
        row = ApiKey.objects.create(
            pk=row_id,
            workspace=workspace,
            made_by=user,
            name=name,
            prefix=keys.prefix_of(raw),
            salt=salt,
            digest=digest(salt, raw),
            expires_at=clock.now() + dt.timedelta(days=days) if days else None,
        )
        audit.record(workspace, audit.Action.API_KEY_CREATED, actor=actor, means=means, about=row.pk, label=name)
    return Made(row, raw)


def revoke(key: ApiKey, *, actor: User | None, means: AuditEvent.Means | None = None) -> None:
    """Delete the key at once: salt, digest and prefix are gone (S-091, N-12). Revoking twice is revoking once."""
    _remove(key, audit.Action.API_KEY_REVOKED, actor=actor, means=means)


def expire_due() -> int:
    """Delete the keys whose time is over; they were refused from that moment on. How many."""
    due = list(ApiKey.objects.filter(expires_at__lte=clock.now()))
    for key in due:
        _remove(key, audit.Action.API_KEY_EXPIRED, actor=None, means=audit.Means.SYSTEM)
    return len(due)


def suspend(key: ApiKey, *, because: str, actor: User | None = None) -> bool:
    """Refuse the key until its owner lets it in again, and tell the owner. False when it is suspended already, or gone."""
    with transaction.atomic():
        awake = ApiKey.objects.filter(pk=key.pk, suspended_at=None)
        if not awake.update(suspended_at=clock.now(), suspended_because=because):
            return False
        audit.record(key.workspace, audit.Action.API_KEY_SUSPENDED, actor=actor, about=key.pk, label=key.name)
        tell(key.made_by, "api_key.suspended", about={"key": str(key.pk), "because": because})
    return True


def resume(key: ApiKey, *, actor: User, means: AuditEvent.Means | None = None) -> bool:
    """Let a suspended key in again: its owner says that it was no stranger. False when it is not suspended."""
    with transaction.atomic():
        # What an operator suspended, an operator lets in again.
        asleep = ApiKey.objects.filter(pk=key.pk, suspended_at__isnull=False).exclude(suspended_because="operator")
        if not asleep.update(suspended_at=None, suspended_because="", resumed_on=clock.today()):
            return False
        audit.record(key.workspace, audit.Action.API_KEY_RESUMED, actor=actor, means=means, about=key.pk, label=key.name)
    return True


@sensitive_variables()
def digest(salt: bytes, raw: str) -> str:
    """What is kept of a key: SHA-256 of salt and key, hexadecimal (S-087).

    One round is enough: 166 random bits leave nothing to try, and there is nothing to slow down for the caller.
    """
    return hashlib.sha256(salt + raw.encode()).hexdigest()


@sensitive_variables()
def has_right_ticket(text: str) -> bool:
    """Does ``text`` begin with more of a key than its prefix, which many may have seen? See docs/adr/0013."""
    return hmac.compare_digest(keys.ticket_of(text).encode(), _ticket(keys.prefix_of(text)).encode())


def _ticket(prefix: str) -> str:
    number = int.from_bytes(salted_hmac("accounts.ApiKey.ticket", prefix, algorithm="sha256").digest())
    return keys.base62(number, keys.TICKET)


@sensitive_variables()
def _new_raw() -> str:
    while True:
        prefix = keys.LEAD_IN + _random(keys.PREFIX - len(keys.LEAD_IN))
        # Two keys may share a prefix, and each is recognised all the same; people tell them apart better without.
        if not ApiKey.objects.filter(prefix=prefix).exists():
            return keys.put_together(prefix, _ticket(prefix), _random(keys.RANDOM))


def _random(length: int) -> str:
    return "".join(secrets.choice(keys.ALPHABET) for _ in range(length))


def _was_made(row_id: uuid.UUID) -> bool:
    """Also where the key is revoked by now: the trail remembers it."""
    made = AuditEvent.objects.filter(action=audit.Action.API_KEY_CREATED, about=row_id)
    return made.exists() or ApiKey.objects.filter(pk=row_id).exists()


def _remove(key: ApiKey, action: AuditEvent.Action, *, actor: User | None, means: AuditEvent.Means | None) -> None:
    with transaction.atomic():
        gone = ApiKey.objects.filter(pk=key.pk).delete()[1].get("accounts.ApiKey", 0)
        if gone:
            audit.record(key.workspace, action, actor=actor, means=means, about=key.pk, label=key.name)
