"""Ending sessions from Settings. The browser that is ended is a stranger at its next request."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import Session, User


def revoke(session: Session, *, actor: User) -> None:
    """End one session."""
    pk, device = session.pk, session.device
    with transaction.atomic():
        if Session.objects.filter(pk=pk).delete()[0]:
            audit.record(actor.workspace, audit.Action.SESSION_REVOKED, actor=actor, about=pk, label=device[:40])


def revoke_others(user: User, *, keep: UUID | None) -> int:
    """End every session of ``user`` but ``keep``. How many."""
    others = [session for session in Session.objects.visible_to(user) if session.pk != keep]
    for session in others:
        revoke(session, actor=user)
    return len(others)
