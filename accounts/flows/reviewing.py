"""The access review: every role, when it was last confirmed, when it was last used (S-179)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import AuditEvent, OperatorRole
from accounts.rules import screens
from ground import clock

EVERY = dt.timedelta(days=90)


@dataclass(frozen=True)
class Row:
    """One role of one person."""

    role: OperatorRole
    used_at: dt.datetime | None
    """Its last read or act on a screen of this role; None: not within the 90 days that the trail keeps."""
    due_at: dt.datetime

    @property
    def overdue(self) -> bool:
        return self.due_at <= clock.now()


def rows() -> list[Row]:
    """Every role, the longest unconfirmed first."""
    found = [
        Row(role, _used_at(role), (role.reviewed_at or role.created_at) + EVERY)
        for role in OperatorRole.objects.select_related("user", "granted_by")
    ]
    return sorted(found, key=lambda row: row.due_at)


def _used_at(role: OperatorRole) -> dt.datetime | None:
    uses = AuditEvent.objects.filter(actor=role.user, means=AuditEvent.Means.OPERATOR)
    if role.role != OperatorRole.Role.OWNER:
        uses = uses.filter(label__in=screens.labels_of(role.role))
    return uses.order_by("-at").values_list("at", flat=True).first()
