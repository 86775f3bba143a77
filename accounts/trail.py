"""The audit trail is append-only in the database itself: triggers, for PostgreSQL and SQLite.

Allowed are: adding; taking out everything that leads to a person, in one statement (``AuditEvent.UNLINKED``, S-119); taking out
the actor alone, when an operator's account goes and the event stays with the account it tells of; and deleting what is over the
time of its class (S-117, S-118), by the database's own clock. Everything else is refused, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "accounts_auditevent"
REFUSED = "The audit trail is only added to."
FIXED = ("id", "created_at", "at", "action", "kept")
LINKS = {"workspace_id": None, "actor_id": None, "subject_id": None, "about": None, "means": "", "label": "", "through": ""}
"""The columns of ``AuditEvent.UNLINKED``. Triggers name those that are there: an early migration installs them too."""


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers there; again is harmless."""
    remove(connection)
    with connection.cursor() as cursor:
        there = {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}
        for statement in _statements(connection.vendor, [column for column in LINKS if column in there]):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away."""
    with connection.cursor() as cursor:
        for name in ("update", "delete", "insert"):
            on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS audit_no_{name}{on}")


@contextmanager
def open_for_flush(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """For ``manage.py flush``, which empties every table. PostgreSQL truncates, which no trigger of rows sees; SQLite deletes."""
    if connection.vendor != "sqlite":
        yield
        return
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def _statements(vendor: str, links: list[str]) -> list[str]:
    if vendor == "postgresql":
        return _postgres(links)
    if vendor == "sqlite":
        return _sqlite(links)
    raise NotImplementedError(f"There are no triggers of the audit trail for {vendor}. Use PostgreSQL or SQLite.")


def _sqlite(links: list[str]) -> list[str]:
    same = [f"NEW.{column} IS OLD.{column}" for column in FIXED]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    return [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} WHEN NOT ({_allowed(same, 'IS', links)}) {refuse}",
        f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} WHEN NOT (
            (OLD.kept = 'detail' AND OLD.at < datetime('now', '-90 days'))
            OR (OLD.kept = 'billing' AND OLD.at < datetime('now', '-7 years'))) {refuse}""",
        # INSERT OR REPLACE would delete the row that stands without asking the trigger above (sqlite.org, lang_conflict).
        f"""CREATE TRIGGER audit_no_insert BEFORE INSERT ON {TABLE}
            WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) {refuse}""",  # noqa: S608  # names of our own
    ]


def _postgres(links: list[str]) -> list[str]:
    same = [f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in FIXED]
    return [
        f"""CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND ({_allowed(same, "IS NOT DISTINCT FROM", links)}) THEN
                RETURN NEW;
            ELSIF TG_OP = 'DELETE' AND (
                (OLD.kept = 'detail' AND OLD.at < clock_timestamp() - interval '90 days')
                OR (OLD.kept = 'billing' AND OLD.at < clock_timestamp() - interval '7 years')) THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION audit_only_grows()",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION audit_only_grows()",
    ]


def _allowed(same: list[str], equals: str, links: list[str]) -> str:
    """What an update may do: take out everything that leads to a person, or the actor alone."""
    empty = [f"NEW.{column} {'IS NULL' if LINKS[column] is None else f'= {chr(39) * 2}'}" for column in links]
    kept = [f"NEW.{column} {equals} OLD.{column}" for column in links if column != "actor_id"]
    both = " AND ".join(same)
    return f"({both} AND {' AND '.join(empty)}) OR ({both} AND {' AND '.join(kept)} AND NEW.actor_id IS NULL)"
