"""A person says who they are here: name, phone, time zone, language."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User

NAMED = ("display_name", "contact_phone", "time_zone", "language")


def introduce(user: User, changes: Mapping[str, str]) -> User:
    """Write what is given, which a form has cleaned (``accounts.forms.ProfileForm``). Nothing else of the person is touched."""
    row = User.objects.get(pk=user.pk)
    names = [name for name in NAMED if name in changes]
    for name in names:
        setattr(row, name, changes[name])
    # Only what was sent: an operator may change what this person may do at the same moment.
    row.save(update_fields=names)
    return row
