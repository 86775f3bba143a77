"""Roles: what an operator grants to a person and takes away again, each with its event in the audit trail (S-109)."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import User


def set_developer_access(user: User, *, granted: bool, actor: User | None) -> bool:
    """Let ``user`` bring model keys of their own, or no longer. True if that changed something; only then is it recorded.

    Taking it away stops new keys and leaves those that are there: their owner decides when they go (N-61, docs/own-keys.md).
    ``actor`` is the operator, None for the command line.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, developer_access=not granted).update(developer_access=granted):
            return False
        action = audit.Action.DEVELOPER_ACCESS_GRANTED if granted else audit.Action.DEVELOPER_ACCESS_TAKEN
        audit.record(user.workspace, action, actor=actor, subject=user)
    user.developer_access = granted
    return True
