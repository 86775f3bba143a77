"""Whose key is used: own keys only where there is one, the managed ones else, and the other vendor where that is allowed."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts.models import User
from ground import vault
from ground.errors import NotConfigured
from llm import keys
from llm.errors import Rejected
from llm.flows import bringing
from llm.keys import KeyRevoked
from llm.models import OwnKey
from tests.llm.keys.conftest import ANTHROPIC_KEY, OPENAI_KEY

pytestmark = pytest.mark.django_db
MANAGED = {"anthropic": "sk-" + "ant-managed-key", "openai": "sk-" + "managed-key"}


@pytest.fixture(autouse=True)
def managed(settings: Settings) -> None:
    settings.ANTHROPIC_API_KEY, settings.OPENAI_API_KEY = MANAGED["anthropic"], MANAGED["openai"]
    settings.LLM_PROVIDER = "anthropic"


def keep(user: User, provider: str, key: str) -> OwnKey:
    row = OwnKey(workspace=user.workspace, provider=provider, last_four=key[-4:])
    row.sealed = vault.seal(key, purpose=keys.PURPOSE, row=row.pk)
    row.save(force_insert=True)
    return row


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_without_an_own_key_the_managed_one_is_used(alice: User, provider: str) -> None:
    found = keys.credential(alice.workspace.pk, provider)
    assert (found.provider, found.secret, found.own) == (provider, MANAGED[provider], False)
    assert keys.usable(alice.workspace.pk) == {"anthropic", "openai"}
    assert keys.provider_for(alice.workspace.pk) == ("anthropic", False)


@pytest.mark.promise("S-068")
@pytest.mark.parametrize(("kept", "key"), [("anthropic", ANTHROPIC_KEY), ("openai", OPENAI_KEY)], ids=["anthropic", "openai"])
@pytest.mark.parametrize("asked", ["anthropic", "openai"])
def test_with_one_own_key_every_call_goes_to_its_vendor(alice: User, charlie: User, kept: str, key: str, asked: str) -> None:
    keep(alice, kept, key)
    bringing.allow_failover(alice.workspace, allowed=True, actor=alice)
    found = keys.credential(alice.workspace.pk, asked)
    assert (found.provider, found.secret, found.own) == (kept, key, True)
    assert keys.usable(alice.workspace.pk) == {kept}
    assert keys.provider_for(alice.workspace.pk) == (kept, True)
    assert keys.failover(alice.workspace.pk, kept) is None
    assert not keys.credential(charlie.workspace.pk, asked).own


def test_with_two_own_keys_the_wanted_vendor_is_asked(alice: User) -> None:
    keep(alice, "anthropic", ANTHROPIC_KEY)
    keep(alice, "openai", OPENAI_KEY)
    assert keys.credential(alice.workspace.pk, "openai").secret == OPENAI_KEY
    assert keys.credential(alice.workspace.pk, "anthropic").secret == ANTHROPIC_KEY
    assert keys.provider_for(alice.workspace.pk) == ("anthropic", True)
    assert keys.failover(alice.workspace.pk, "anthropic") is None


def test_an_own_key_writes_also_where_no_model_is_set_up(alice: User, charlie: User, settings: Settings) -> None:
    settings.LLM_PROVIDER = "offline"
    keep(alice, "openai", OPENAI_KEY)
    assert keys.provider_for(alice.workspace.pk) == ("openai", True)
    assert keys.provider_for(charlie.workspace.pk) == ("offline", False)


@pytest.mark.promise("S-068")
def test_work_begun_with_an_own_key_does_not_go_on_with_a_managed_one(alice: User) -> None:
    row = keep(alice, "openai", OPENAI_KEY)
    assert keys.credential(alice.workspace.pk, "openai", own_only=True).own
    bringing.revoke(row, actor=alice)
    with pytest.raises(KeyRevoked, match="revoked") as stopped:
        keys.credential(alice.workspace.pk, "openai", own_only=True)
    assert isinstance(stopped.value, Rejected)
    assert stopped.value.permanent


@pytest.mark.promise("S-068")
def test_a_key_that_does_not_open_is_not_replaced_by_a_managed_one(alice: User) -> None:
    row = keep(alice, "openai", OPENAI_KEY)
    OwnKey.objects.filter(pk=row.pk).update(sealed=row.sealed[:-6] + "AAAA==")
    with pytest.raises(vault.Unreadable):
        keys.credential(alice.workspace.pk, "openai")


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_a_missing_managed_key_is_named(alice: User, settings: Settings, provider: str) -> None:
    settings.ANTHROPIC_API_KEY = settings.OPENAI_API_KEY = ""
    with pytest.raises(NotConfigured, match=f"{provider.upper()}_API_KEY is not set"):
        keys.credential(alice.workspace.pk, provider)
    assert keys.usable(alice.workspace.pk) == set()


def test_the_other_managed_vendor_is_asked_only_when_the_owner_allows_it(alice: User, charlie: User, settings: Settings) -> None:
    workspace = alice.workspace.pk
    assert keys.failover(workspace, "anthropic") is None
    bringing.allow_failover(alice.workspace, allowed=True, actor=alice)
    other = keys.failover(workspace, "anthropic")
    assert other is not None
    assert (other.provider, other.secret, other.own) == ("openai", MANAGED["openai"], False)
    assert keys.failover(charlie.workspace.pk, "anthropic") is None
    assert keys.failover(workspace, "scripted") is None
    settings.OPENAI_API_KEY = ""
    assert keys.failover(workspace, "anthropic") is None


@pytest.mark.promise("S-067")
def test_a_credential_does_not_show_its_secret(alice: User) -> None:
    found = keys.credential(alice.workspace.pk, "openai")
    assert MANAGED["openai"] not in f"{found} {found!r} {[found]}"
