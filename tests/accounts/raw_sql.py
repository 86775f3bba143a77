"""Raw statements against the audit trail, and what the database says to each. Also a program, for a database of its own."""

from __future__ import annotations

import datetime as dt
import json
import sys

import django

if __name__ == "__main__":
    django.setup()

from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent, User
from ground import clock

TABLE = "accounts_auditevent"
EMPTY = "workspace_id = NULL, actor_id = NULL, subject_id = NULL, about = NULL, means = '', label = '', through = ''"


def tried(owner: User) -> dict[str, str]:
    """What became of each statement: "refused", or the number of rows it touched. Everything is undone again."""
    young, old, bill, old_bill = (
        _event(owner, days, kept)
        for days, kept in (
            (89, audit.Kept.DETAIL),
            (91, audit.Kept.DETAIL),
            (7 * 365 - 30, audit.Kept.BILLING),
            (7 * 365 + 4, audit.Kept.BILLING),
        )
    )
    statements = {
        "change the label": (f"UPDATE {TABLE} SET label = 'nothing' WHERE id = %s", young),
        "change the action": (f"UPDATE {TABLE} SET action = 'session.signed_out' WHERE id = %s", young),
        "change the time": (f"UPDATE {TABLE} SET at = created_at WHERE id = %s", young),
        "change the class": (f"UPDATE {TABLE} SET kept = 'detail' WHERE id = %s", bill),
        "empty the label alone": (f"UPDATE {TABLE} SET label = '' WHERE id = %s", young),
        "empty the workspace alone": (f"UPDATE {TABLE} SET workspace_id = NULL WHERE id = %s", young),
        "unlink and change the action": (f"UPDATE {TABLE} SET {EMPTY}, action = 'x' WHERE id = %s", young),
        "unlink and change the time": (f"UPDATE {TABLE} SET {EMPTY}, at = created_at WHERE id = %s", young),
        "take the actor out and change the label": (f"UPDATE {TABLE} SET actor_id = NULL, label = 'x' WHERE id = %s", young),
        "delete after 89 days": (f"DELETE FROM {TABLE} WHERE id = %s", young),
        "delete a bill before 7 years": (f"DELETE FROM {TABLE} WHERE id = %s", bill),
        "delete all": (f"DELETE FROM {TABLE} WHERE id = id OR id = %s", young),
        "unlink": (f"UPDATE {TABLE} SET {EMPTY} WHERE id = %s", young),
        "take the actor out": (f"UPDATE {TABLE} SET actor_id = NULL WHERE id = %s", young),
        "delete after 91 days": (f"DELETE FROM {TABLE} WHERE id = %s", old),
        "delete a bill after 7 years": (f"DELETE FROM {TABLE} WHERE id = %s", old_bill),
    }
    columns = ", ".join(str(field.column) for field in AuditEvent._meta.concrete_fields)
    others = columns.replace("label", "'replaced'")
    if connection.vendor == "sqlite":
        replace = f"INSERT OR REPLACE INTO {TABLE} ({columns}) SELECT {others} FROM {TABLE} WHERE id = %s"
    else:
        replace = (
            f"INSERT INTO {TABLE} ({columns}) SELECT {others} FROM {TABLE} WHERE id = %s "
            "ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label"
        )
    statements["replace"] = (replace, young)
    return {name: _said(statement, event) for name, (statement, event) in statements.items()}


def _event(owner: User, days: int, kept: audit.Kept) -> AuditEvent:
    with clock.moved(-dt.timedelta(days=days)):
        # Somebody else each time: the times of one actor go forward only.
        actor = User.objects.create_user(f"actor{days}@example.org")
        return audit.record(owner.workspace, audit.Action.OWN_KEY_ADDED, actor=actor, label="OpenAI", about=owner.pk, kept=kept)


def _said(statement: str, event: AuditEvent) -> str:
    identity = event.pk.hex if connection.vendor == "sqlite" else event.pk
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [identity])
            touched = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "refused" if "only added to" in str(error) else str(error)
    return str(touched)


def main() -> dict[str, object]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    told = tried(User.objects.create_user("dana@example.org"))
    call_command("flush", verbosity=0, interactive=False)
    return {"said": told, "left after flush": AuditEvent.objects.count()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
