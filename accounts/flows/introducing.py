"""A person says who they are here: name, phone, time zone, language. An operator puts it right where the person asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts import audit
from accounts.models import DeletionRequest, User, Workspace
from accounts.models.users import PERSONAL
from accounts.rules.disclosure import is_reference
from ground.errors import BadInput, Conflict

NAMED = {"display_name": "name", "contact_phone": "phone", "time_zone": "time zone", "language": "language"}
"""The fields, and how the trail calls them."""


def introduce(user: User, changes: Mapping[str, str]) -> User:
    """Write what is given, which a form has cleaned (``accounts.forms.ProfileForm``). Nothing else of the person is touched."""
    row = User.objects.get(pk=user.pk)
    names = [name for name in NAMED if name in changes]
    for name in names:
        setattr(row, name, changes[name])
    with transaction.atomic():
        # Only what was sent: an operator may change what this person may do at the same moment.
        row.save(update_fields=names)
        # Once it was called after its owner.
        Workspace.objects.filter(owner=row, personal=True).exclude(name=PERSONAL).update(name=PERSONAL)
    return row


def correct(user: User, changes: Mapping[str, str], *, request: str, actor: User) -> bool:
    """The same by an operator (S-166). ``request``: the number under which the person asked for it; the trail holds it and which
    fields were changed, never a value. False when all of it stood there already.

    Raises:
        BadInput: there is no such number, or it is the operator's own account.
        Conflict: the account is being deleted.
    """
    if not is_reference(request):
        raise BadInput("Enter the number of the request: 3 to 20 letters, digits, dots or strokes. Nothing was changed.")
    if actor == user:
        raise BadInput("Your own profile you change under Settings, Profile.")
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        if DeletionRequest.objects.filter(user=row).exists():
            raise Conflict("This account is being deleted. There is nothing left to correct.")
        changed = {name: changes[name] for name in NAMED if name in changes and changes[name] != getattr(row, name)}
        if not changed:
            return False
        introduce(row, changed)
        what = ", ".join(NAMED[name] for name in changed) if len(changed) < len(NAMED) else "all fields"
        label = f"{request}: {what}"[:40]
        audit.record(
            row.workspace, audit.Action.ACCOUNT_CORRECTED, actor=actor, means=audit.Means.OPERATOR, subject=row, label=label
        )
    return True
