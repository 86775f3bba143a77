"""An account is closed by an operator and opened again (S-005)."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.flows.granting import keep_an_owner
from accounts.flows.notifying import tell
from accounts.models import DeletionRequest, Session, User
from accounts.rules.suspension import RESTORED_FOR, SUSPENDED_FOR
from ground import clock
from ground.errors import BadInput, Conflict


def suspend(user: User, *, reason: str, actor: User | None) -> None:
    """Close the account at once: its sessions, keys and tokens are refused at the next request, and its owner is told.

    ``reason`` is a key of ``SUSPENDED_FOR``. Nothing is deleted. What sessions held is emptied; their rows stay until they would
    have run out, so that their browsers are answered with the reason.

    Raises:
        BadInput: there is no such reason, or operators would suspend themselves.
        Conflict: it is suspended or being deleted already, or it is the last owner of the service.
    """
    if reason not in SUSPENDED_FOR:
        raise BadInput("Choose one of the reasons.")
    if actor == user:
        raise BadInput("You cannot suspend your own account. Ask another operator.")
    with transaction.atomic():
        # First, so that two operators who suspend each other lock in the same order.
        keep_an_owner(without=user)
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.suspended_at is not None:
            raise Conflict("This account is suspended already. Reload the page to see since when.")
        if DeletionRequest.objects.filter(user=user).exists():
            raise Conflict("This account is being deleted. There is nothing left to suspend.")
        locked.is_active, locked.suspended_at = False, clock.now()
        locked.save(update_fields=["is_active", "suspended_at"])
        Session.objects.filter(user=user).update(session_data="")
        _record(locked, audit.Action.ACCOUNT_SUSPENDED, actor, SUSPENDED_FOR[reason])
        tell(locked, "account.suspended", about={"reason": reason})
    user.refresh_from_db()


def restore(user: User, *, reason: str, actor: User | None) -> None:
    """Open a suspended account again. Sessions stay ended: its owner signs in anew.

    ``reason`` is a key of ``RESTORED_FOR``. Raises ``BadInput`` for another one, ``Conflict`` when it is not suspended.
    """
    if reason not in RESTORED_FOR:
        raise BadInput("Choose one of the reasons.")
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.suspended_at is None:
            raise Conflict("This account is not suspended. Reload the page to see how it stands.")
        Session.objects.filter(user=user).delete()
        locked.is_active, locked.suspended_at = True, None
        locked.save(update_fields=["is_active", "suspended_at"])
        _record(locked, audit.Action.ACCOUNT_RESTORED, actor, RESTORED_FOR[reason])
        tell(locked, "account.restored", about={"reason": reason})
    user.refresh_from_db()


def _record(user: User, action: audit.Action, actor: User | None, label: str) -> None:
    means = None if actor is None else audit.Means.OPERATOR
    audit.record(user.workspace, action, actor=actor, means=means, subject=user, label=label)
