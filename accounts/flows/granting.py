"""Roles: what an operator grants to a person and takes away again, each with its event in the audit trail (S-109, N-52)."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import OperatorRole, User
from ground import clock
from ground.errors import BadInput, Conflict

LAST_OWNER = "This is the last owner. Make somebody else an owner first, or use `manage.py operator` on the server."


def set_developer_access(user: User, *, granted: bool, actor: User | None) -> bool:
    """Let ``user`` bring model keys of their own, or no longer. True if that changed something; only then is it recorded.

    Taking it away stops new keys and leaves those that are there: their owner decides when they go (N-61, docs/own-keys.md).
    ``actor`` is the operator, None for the command line.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, developer_access=not granted).update(developer_access=granted):
            return False
        action = audit.Action.DEVELOPER_ACCESS_GRANTED if granted else audit.Action.DEVELOPER_ACCESS_TAKEN
        _record(user, action, "member", "developer", granted=granted, actor=actor)
    user.developer_access = granted
    return True


def set_role(user: User, role: str, *, granted: bool, actor: User | None) -> bool:
    """Give ``user`` a role in the operator console, or take it. True if that changed something; only then is it recorded.

    ``actor`` is the operator, None for the command line, which alone may take the last owner.

    Raises:
        BadInput: there is no such role, or the account that is to get one is suspended.
        Conflict: an operator would take the last owner.
    """
    if role not in OperatorRole.Role.values:
        raise BadInput(f"There is no role {role!r}. Choose one of {', '.join(OperatorRole.Role.values)}.")
    with transaction.atomic():
        if granted:
            if not User.objects.filter(pk=user.pk, is_active=True).exists():
                raise BadInput("This account is suspended. Open it again before it gets a role.")
            _, changed = OperatorRole.objects.get_or_create(user=user, role=role, defaults={"granted_by": actor})
        else:
            if role == OperatorRole.Role.OWNER and actor is not None:
                keep_an_owner(without=user)
            count, _ = OperatorRole.objects.filter(user=user, role=role).delete()
            changed = bool(count)
        if changed:
            action = audit.Action.OPERATOR_ROLE_GRANTED if granted else audit.Action.OPERATOR_ROLE_TAKEN
            _record(user, action, f"not {role}", role, granted=granted, actor=actor)
    return changed


def confirm(role: OperatorRole, *, actor: User) -> None:
    """Note in the access review that this role is still needed."""
    with transaction.atomic():
        if not OperatorRole.objects.filter(pk=role.pk).update(reviewed_at=clock.now()):
            raise Conflict
        audit.record(
            role.user.workspace,
            audit.Action.OPERATOR_ROLE_REVIEWED,
            actor=actor,
            means=audit.Means.OPERATOR,
            subject=role.user,
            label=role.role,
        )


def keep_an_owner(*, without: User) -> None:
    """Raise ``Conflict`` if nobody but ``without`` could still open the owners' screens. Wants a transaction around it."""
    # Locked, so that two owners who take each other's role at one moment do not both succeed.
    owners = OperatorRole.objects.select_for_update().filter(role=OperatorRole.Role.OWNER).order_by("pk")
    active = {role.user_id for role in owners.select_related("user") if role.user.is_active}
    if active == {without.pk}:
        raise Conflict(LAST_OWNER)


def _record(user: User, action: audit.Action, without: str, having: str, *, granted: bool, actor: User | None) -> None:
    """The event names who, whom, the old role and the new one."""
    old, new = (without, having) if granted else (having, without)
    means = None if actor is None else audit.Means.OPERATOR
    audit.record(user.workspace, action, actor=actor, means=means, subject=user, label=f"{old} → {new}")
