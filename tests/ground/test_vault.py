from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from ground import vault
from ground.errors import NotConfigured

ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture(autouse=True)
def ring(settings: Settings) -> None:
    settings.VAULT_KEYS = f"1:{vault.new_key()}"


@pytest.mark.promise("S-176")
def test_it_opens_what_it_sealed_and_shows_nothing_of_it() -> None:
    sealed = vault.seal("correct horse", purpose="forge token", row=ROW)
    assert "horse" not in sealed
    assert vault.unseal(sealed, purpose="forge token", row=ROW) == "correct horse"


@given(st.text())
def test_it_opens_every_text(value: str) -> None:
    assert vault.unseal(vault.seal(value, purpose="p", row=ROW), purpose="p", row=ROW) == value


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert vault.seal("x", purpose="p", row=ROW) != vault.seal("x", purpose="p", row=ROW)


@pytest.mark.parametrize(("purpose", "row"), [("another field", ROW), ("p", OTHER)])
def test_a_value_moved_to_another_field_or_row_does_not_open(purpose: str, row: uuid.UUID) -> None:
    sealed = vault.seal("x", purpose="p", row=ROW)
    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed, purpose=purpose, row=row)


def test_a_changed_value_does_not_open() -> None:
    sealed = vault.seal("correct horse", purpose="p", row=ROW)
    head, body = sealed.rsplit(".", 1)
    for place in range(0, len(body) - 2, 7):
        changed = body[:place] + ("A" if body[place] != "A" else "B") + body[place + 1 :]
        with pytest.raises(vault.Unreadable):
            vault.unseal(f"{head}.{changed}", purpose="p", row=ROW)


@pytest.mark.parametrize("sealed", ["", "v1", "v1.1.", "v1.9.AAAA", "v2.1.AAAA", "v1.x.AAAA", "plain text"])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed, purpose="p", row=ROW)


def test_a_new_key_seals_and_the_old_one_still_opens(settings: Settings) -> None:
    old = vault.seal("x", purpose="p", row=ROW)
    settings.VAULT_KEYS = f"2:{vault.new_key()},{settings.VAULT_KEYS}"
    assert vault.unseal(old, purpose="p", row=ROW) == "x"
    anew = vault.reseal(old, purpose="p", row=ROW)
    assert vault.key_number(anew) == 2
    settings.VAULT_KEYS = settings.VAULT_KEYS.split(",")[0]
    assert vault.unseal(anew, purpose="p", row=ROW) == "x"
    with pytest.raises(vault.Unreadable):
        vault.unseal(old, purpose="p", row=ROW)


@pytest.mark.parametrize("ring", ["1", "1:short", "x:" + "A" * 44, "1:" + "A" * 43 + "=,1:" + "A" * 43 + "="])
def test_a_broken_ring_is_one_clear_sentence(ring: str, settings: Settings) -> None:
    settings.VAULT_KEYS = ring
    with pytest.raises(NotConfigured, match="SPECSTEP_VAULT_KEYS"):
        vault.seal("x", purpose="p", row=ROW)


def test_a_laptop_makes_its_ring_once(settings: Settings, tmp_path: Path) -> None:
    settings.VAULT_KEYS, settings.DATA_DIR = "", tmp_path
    sealed = vault.seal("x", purpose="p", row=ROW)
    assert vault.unseal(sealed, purpose="p", row=ROW) == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["vault-keys"]
    assert (tmp_path / "vault-keys").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_rotation_seals_every_declared_field_anew(settings: Settings, alice: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.models import Workspace

    monkeypatch.setattr(vault, "_fields", {})
    vault.declare("accounts.Workspace", "name", purpose="test names")
    row = Workspace.objects.get()
    Workspace.objects.filter(pk=row.pk).update(name=vault.seal("secret", purpose="test names", row=row.pk))
    settings.VAULT_KEYS = f"2:{vault.new_key()},{settings.VAULT_KEYS}"
    call_command("rotate_vault")
    row.refresh_from_db()
    assert vault.key_number(row.name) == 2
    assert vault.unseal(row.name, purpose="test names", row=row.pk) == "secret"


@pytest.mark.django_db
def test_rotation_with_a_lost_key_changes_nothing_and_says_so(
    settings: Settings, alice: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.models import Workspace

    monkeypatch.setattr(vault, "_fields", {})
    vault.declare("accounts.Workspace", "name", purpose="test names")
    row = Workspace.objects.get()
    sealed = vault.seal("secret", purpose="test names", row=row.pk)
    Workspace.objects.filter(pk=row.pk).update(name=sealed)
    settings.VAULT_KEYS = f"2:{vault.new_key()}"
    with pytest.raises(CommandError, match="Nothing of that field was changed"):
        call_command("rotate_vault")
    row.refresh_from_db()
    assert row.name == sealed


def test_a_purpose_belongs_to_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "_fields", {})
    vault.declare("a.A", "key", purpose="one")
    with pytest.raises(ValueError, match="belongs to"):
        vault.declare("a.B", "key", purpose="one")
