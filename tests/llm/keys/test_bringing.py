"""Who may bring a key, how it is checked, what is kept, and what is left when it goes."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.flows.granting import set_developer_access
from accounts.models import AuditEvent, User
from ground import vault
from ground.errors import BadInput
from ground.management.commands.rotate_vault import rotate
from llm.checking import KeyRefused, NotChecked
from llm.flows import bringing
from llm.flows.bringing import NoDeveloperAccess
from llm.keys import PURPOSE, credential
from llm.models import OwnKey
from tests.llm.keys.conftest import ANTHROPIC_KEY, OPENAI_KEY, VendorStub
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
KEYS = [("anthropic", ANTHROPIC_KEY), ("openai", OPENAI_KEY)]


def actions() -> list[tuple[str, str]]:
    return [(event.action, event.label) for event in AuditEvent.objects.order_by("at", "id")]


@pytest.mark.promise("S-063")
def test_without_developer_access_no_key_is_taken_and_nobody_is_asked(alice: User, vendor: VendorStub) -> None:
    with pytest.raises(NoDeveloperAccess):
        bringing.add(alice.workspace, provider="openai", key=OPENAI_KEY, actor=alice)
    assert not OwnKey.objects.exists()
    assert not vendor.asked


@pytest.mark.promise("S-063")
def test_granted_access_takes_a_key_and_taken_access_takes_no_new_one(alice: User, vendor: VendorStub) -> None:
    operator = User.objects.create_user("operator@example.org", "Op")
    assert set_developer_access(alice, granted=True, actor=operator)
    bringing.add(alice.workspace, provider="openai", key=OPENAI_KEY, actor=alice)
    assert set_developer_access(alice, granted=False, actor=operator)
    with pytest.raises(NoDeveloperAccess):
        bringing.add(alice.workspace, provider="anthropic", key=ANTHROPIC_KEY, actor=alice)
    assert credential(alice.workspace.pk, "openai").own  # N-61: the key that was there goes on working.
    assert actions() == [
        ("developer_access.granted", "member → developer"),
        ("own_key.added", "OpenAI"),
        ("developer_access.taken", "developer → member"),
    ]
    event = AuditEvent.objects.get(action="developer_access.taken")
    assert (event.actor, event.subject) == (operator, alice)


@pytest.mark.promise("S-064", "S-065")
@pytest.mark.parametrize(("provider", "key"), KEYS, ids=["anthropic", "openai"])
def test_both_vendors_are_taken_and_asked_once(developer: User, vendor: VendorStub, provider: str, key: str) -> None:
    bringing.add(developer.workspace, provider=provider, key=key, actor=developer)
    assert len(vendor.asked) == 1
    sent = vendor.asked[0].headers
    assert sent["x-api-key" if provider == "anthropic" else "authorization"].endswith(key)
    for _ in range(3):
        assert credential(developer.workspace.pk, provider).secret == key
    assert len(vendor.asked) == 1


@pytest.mark.promise("S-064")
@pytest.mark.parametrize(
    "provider", ["azure", "Anthropic", "", "mistral", OPENAI_KEY], ids=["azure", "name", "none", "mistral", "key"]
)
def test_another_vendor_is_refused_with_the_names_of_both(developer: User, vendor: VendorStub, provider: str) -> None:
    with pytest.raises(BadInput) as refused:
        bringing.add(developer.workspace, provider=provider, key=OPENAI_KEY, actor=developer)
    assert str(refused.value) == "A key can be of Anthropic or OpenAI. Choose one of these two."
    assert not vendor.asked


@pytest.mark.promise("S-065")
@pytest.mark.parametrize(("provider", "key"), KEYS, ids=["anthropic", "openai"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_not_stored(developer: User, vendor: VendorStub, provider: str, key: str, status: int) -> None:
    vendor.answers_with(status, '{"error": {"message": "invalid key"}}')
    with pytest.raises(KeyRefused, match="Nothing was stored"):
        bringing.add(developer.workspace, provider=provider, key=key, actor=developer)
    assert not OwnKey.objects.exists()
    assert len(vendor.asked) == 1
    assert [action for action, _ in actions()] == ["own_key.refused"]


@pytest.mark.promise("S-065")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "{}"),
        (503, ""),
        (529, "{}"),
        (429, "{}"),
        (404, "{}"),
        (302, ""),
        (200, "<html>hotel</html>"),
        (200, '{"data": {}}'),
    ],
)
def test_a_key_that_could_not_be_checked_is_not_stored(developer: User, vendor: VendorStub, status: int, body: str) -> None:
    vendor.answers_with(status, body)
    with pytest.raises(NotChecked, match="could not be checked"):
        bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    assert not OwnKey.objects.exists()
    assert not actions()
    assert len(vendor.asked) == 1


@pytest.mark.promise("S-065")
def test_a_silent_vendor_is_not_waited_for_long_and_not_asked_again(
    developer: User, vendor: VendorStub, settings: Settings
) -> None:
    settings.LLM_KEY_CHECK_SECONDS = 0.1
    vendor.silence = 0.4
    with pytest.raises(NotChecked, match="did not answer"):
        bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    assert not OwnKey.objects.exists()
    assert len(vendor.asked) == 1


def test_a_vendor_that_hangs_up_leaves_nothing(developer: User, vendor: VendorStub) -> None:
    vendor.hang_up = True
    with pytest.raises(NotChecked):
        bringing.add(developer.workspace, provider="anthropic", key=ANTHROPIC_KEY, actor=developer)
    assert len(vendor.asked) == 1
    assert not OwnKey.objects.exists()


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("openai", OPENAI_KEY.replace("Canary3Heron", "Canary3 Heron", 1)),
        ("openai", OPENAI_KEY + "\r\nX-Other: 1"),
        ("openai", OPENAI_KEY + "é"),
        ("openai", OPENAI_KEY + "١"),
        ("openai", "sk-" + "x" * 400),
        ("openai", "sk-short"),
        ("openai", ""),
        ("openai", ANTHROPIC_KEY),
        ("anthropic", OPENAI_KEY),
        ("anthropic", "Bearer " + ANTHROPIC_KEY),
    ],
    ids=["space", "header", "accent", "digit", "long", "short", "empty", "other vendor", "no vendor", "bearer"],
)
def test_what_cannot_be_a_key_is_refused_before_anything_is_sent(
    developer: User, vendor: VendorStub, provider: str, key: str
) -> None:
    with pytest.raises(BadInput) as refused:
        bringing.add(developer.workspace, provider=provider, key=key, actor=developer)
    assert not vendor.asked
    assert not OwnKey.objects.exists()
    assert not any(key[at : at + 12] in str(refused.value) for at in range(max(len(key) - 12, 0)))


def test_space_around_a_pasted_key_is_forgiven(developer: User, vendor: VendorStub) -> None:
    bringing.add(developer.workspace, provider="openai", key=f"  {OPENAI_KEY}\n", actor=developer)
    assert credential(developer.workspace.pk, "openai").secret == OPENAI_KEY


@pytest.mark.promise("S-066", "S-071")
@pytest.mark.parametrize(("provider", "key"), KEYS, ids=["anthropic", "openai"])
def test_kept_are_the_ciphertext_and_the_last_four_characters(
    developer: User, vendor: VendorStub, provider: str, key: str
) -> None:
    row = bringing.add(developer.workspace, provider=provider, key=key, actor=developer)
    held = {field.attname for field in OwnKey._meta.concrete_fields}
    assert held == {"id", "created_at", "workspace_id", "provider", "sealed", "last_four"}
    row.refresh_from_db()
    assert row.last_four == key[-4:]
    assert row.sealed.startswith("v1.")
    text = dump()
    assert not any(key[at : at + 6] in text for at in range(len(key) - 5))


@pytest.mark.promise("S-071")
def test_a_key_opens_in_its_own_row_only(developer: User, vendor: VendorStub) -> None:
    first = bringing.add(developer.workspace, provider="anthropic", key=ANTHROPIC_KEY, actor=developer)
    second = bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    with pytest.raises(vault.Unreadable):
        vault.unseal(first.sealed, purpose=PURPOSE, row=second.pk)
    with pytest.raises(vault.Unreadable):
        vault.unseal(first.sealed, purpose="redaction key", row=first.pk)


@pytest.mark.promise("S-071")
def test_a_key_opens_after_the_ring_has_turned(developer: User, vendor: VendorStub, settings: Settings) -> None:
    old, new = f"1:{vault.new_key()}", f"2:{vault.new_key()}"
    settings.VAULT_KEYS = old
    row = bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    settings.VAULT_KEYS = f"{new},{old}"
    assert credential(developer.workspace.pk, "openai").secret == OPENAI_KEY
    field = next(one for one in vault.declared() if one.model == "llm.OwnKey")
    assert rotate(field) == 1
    settings.VAULT_KEYS = new
    assert credential(developer.workspace.pk, "openai").secret == OPENAI_KEY
    assert new.split(":")[1] not in dump()
    row.refresh_from_db()
    assert vault.key_number(row.sealed) == 2


@pytest.mark.promise("S-070")
def test_revoking_leaves_nothing_of_the_key(developer: User, vendor: VendorStub) -> None:
    row = bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    sealed = row.sealed
    bringing.revoke(row, actor=developer)
    bringing.revoke(row, actor=developer)
    assert not OwnKey.objects.exists()
    text = dump()
    assert sealed not in text
    assert OPENAI_KEY[-4:] not in text
    assert actions() == [("own_key.added", "OpenAI"), ("own_key.revoked", "OpenAI")]


@pytest.mark.promise("S-070")
def test_a_key_goes_with_the_account_and_the_audit_keeps_time_and_action_only(developer: User, vendor: VendorStub) -> None:
    bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    developer.delete()
    assert not OwnKey.objects.exists()
    event = AuditEvent.objects.get()
    assert (event.action, event.workspace_id, event.actor_id, event.subject_id, event.label) == (
        "own_key.added",
        None,
        None,
        None,
        "",
    )


def test_a_second_key_of_a_vendor_takes_the_place_of_the_first(developer: User, vendor: VendorStub) -> None:
    bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    other = OPENAI_KEY[:-4] + "Zz77"
    bringing.add(developer.workspace, provider="openai", key=other, actor=developer)
    assert OwnKey.objects.get().last_four == "Zz77"
    assert credential(developer.workspace.pk, "openai").secret == other
    assert [action for action, _ in actions()] == ["own_key.added", "own_key.revoked", "own_key.added"]


@pytest.mark.promise("S-109")
def test_the_command_grants_and_takes(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("developer_access", "ALICE@example.org", "--grant")
    call_command("developer_access", "alice@example.org", "--grant")
    alice.refresh_from_db()
    assert alice.developer_access
    call_command("developer_access", "alice@example.org", "--take")
    alice.refresh_from_db()
    assert not User.objects.get(pk=alice.pk).developer_access
    assert [action for action, _ in actions()] == ["developer_access.granted", "developer_access.taken"]
    assert "nothing was changed" in capsys.readouterr().out


def test_failover_is_off_until_it_is_allowed_and_each_change_is_noted_once(alice: User) -> None:
    assert not bringing.failover_allowed(alice.workspace.pk)
    for allowed in (True, True, False):
        bringing.allow_failover(alice.workspace, allowed=allowed, actor=alice)
    assert not bringing.failover_allowed(alice.workspace.pk)
    assert [action for action, _ in actions()] == ["failover.allowed", "failover.forbidden"]
