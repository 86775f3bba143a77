"""The key of a workspace's placeholders: one per workspace, sealed, the same everywhere and for ever."""

from __future__ import annotations

import base64
import threading

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from ground import vault
from ground.management.commands.rotate_vault import rotate
from llm.models import RedactionKey
from llm.redaction_keys import PURPOSE, redaction_for
from tests.llm.keys.dump import dump

SECRET = "ghp_" + "Ab3dEf6h" * 4 + "Jk1m"
TEXT = f"The token is {SECRET} for now."


@pytest.mark.django_db
def test_the_same_secret_has_one_placeholder_here_and_another_elsewhere(alice: User, charlie: User) -> None:
    first, second = (redaction_for(alice.workspace.pk).clean(TEXT) for _ in range(2))
    assert first == second
    assert "[[SECRET:" in first
    assert SECRET not in first
    assert redaction_for(charlie.workspace.pk).clean(TEXT) != first
    assert RedactionKey.objects.count() == 2


@pytest.mark.django_db
def test_counts_begin_anew_with_each_payload(alice: User) -> None:
    first = redaction_for(alice.workspace.pk)
    first.clean(TEXT)
    assert sum(first.counts.values()) == 1
    assert not redaction_for(alice.workspace.pk).counts


@pytest.mark.django_db
def test_the_key_is_stored_sealed_and_survives_a_turn_of_the_ring(alice: User, settings: Settings) -> None:
    old, new = f"1:{vault.new_key()}", f"2:{vault.new_key()}"
    settings.VAULT_KEYS = old
    before = redaction_for(alice.workspace.pk).clean(TEXT)
    row = RedactionKey.objects.get()
    raw = base64.b64decode(vault.unseal(row.sealed, purpose=PURPOSE, row=row.pk))
    assert len(raw) == 32
    held = dump()
    assert raw.hex() not in held
    assert base64.b64encode(raw).decode() not in held
    settings.VAULT_KEYS = f"{new},{old}"
    assert rotate(next(one for one in vault.declared() if one.model == "llm.RedactionKey")) == 1
    settings.VAULT_KEYS = new
    assert redaction_for(alice.workspace.pk).clean(TEXT) == before


@pytest.mark.django_db
def test_a_key_that_does_not_open_stops_instead_of_being_replaced(alice: User, settings: Settings) -> None:
    settings.VAULT_KEYS = f"1:{vault.new_key()}"
    redaction_for(alice.workspace.pk)
    settings.VAULT_KEYS = f"1:{vault.new_key()}"
    with pytest.raises(vault.Unreadable):
        redaction_for(alice.workspace.pk)


@pytest.mark.django_db(transaction=True)
def test_two_that_need_the_first_key_at_once_get_the_same(alice: User) -> None:
    workspace = alice.workspace.pk
    start, said = threading.Barrier(4), []

    def ask() -> None:
        start.wait()
        try:
            said.append(redaction_for(workspace).clean(TEXT))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    assert len(set(said)) == 1
