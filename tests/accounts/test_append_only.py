"""The database itself lets the audit trail only grow, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.trail import LINKS, TABLE
from tests.accounts.raw_sql import tried
from tests.billing.test_many_at_once import told_by

ALLOWED = {"unlink", "take the actor out", "delete after 91 days", "delete a bill after 7 years"}


def only_what_may_be(said: dict[str, str]) -> None:
    assert len(said) == 17
    assert {name: what for name, what in said.items() if name in ALLOWED} == dict.fromkeys(ALLOWED, "1")
    assert {what for name, what in said.items() if name not in ALLOWED} == {"refused"}, said


def test_sqlite_refuses_every_change_but_unlinking_and_every_early_deletion(alice: User) -> None:
    only_what_may_be(tried(alice))


@pytest.mark.servers
def test_postgres_refuses_the_same_and_can_be_flushed(tmp_path: Path, postgres_url: str) -> None:
    told = told_by("tests.accounts.raw_sql", folder=tmp_path, DATABASE_URL=postgres_url)
    only_what_may_be(told["said"])
    assert told["left after flush"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_the_trail_and_leaves_it_guarded(alice: User) -> None:
    audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice)
    call_command("flush", verbosity=0, interactive=False)
    assert not AuditEvent.objects.exists()
    audit.record(None, audit.Action.OWN_KEY_ADDED, actor=None)
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")


def test_the_triggers_know_every_column_of_an_event() -> None:
    columns = {AuditEvent._meta.get_field(name).column: empty for name, empty in AuditEvent.UNLINKED.items()}  # type: ignore[union-attr]
    assert columns == LINKS
    kept = {field.column for field in AuditEvent._meta.concrete_fields} - set(columns)
    assert kept == {"id", "created_at", "at", "action", "kept"}
