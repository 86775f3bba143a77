"""Roles of operators: given and taken through one audited function, and never the last owner by the console."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.flows import granting, suspending
from accounts.models import AuditEvent, OperatorRole, User
from accounts.rules import factors, screens
from ground.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db


@pytest.mark.promise("S-109")
def test_every_change_names_actor_subject_old_and_new_role(alice: User, charlie: User) -> None:
    assert granting.set_role(alice, "support", granted=True, actor=charlie)
    assert not granting.set_role(alice, "support", granted=True, actor=charlie)
    assert granting.set_role(alice, "support", granted=False, actor=charlie)
    assert granting.set_developer_access(alice, granted=True, actor=charlie)
    call_command("developer_access", alice.email, "--take")
    call_command("operator", alice.email, "--grant", "owner")
    call_command("operator", alice.email, "--take", "owner")
    told = AuditEvent.objects.order_by("at", "id").values_list("action", "actor", "subject", "label", "means")
    assert list(told) == [
        ("operator_role.granted", charlie.pk, alice.pk, "not support → support", "operator"),
        ("operator_role.taken", charlie.pk, alice.pk, "support → not support", "operator"),
        ("developer_access.granted", charlie.pk, alice.pk, "member → developer", "operator"),
        ("developer_access.taken", None, alice.pk, "developer → member", "system"),
        ("operator_role.granted", None, alice.pk, "not owner → owner", "system"),
        ("operator_role.taken", None, alice.pk, "owner → not owner", "system"),
    ]
    assert set(AuditEvent.objects.values_list("workspace__owner", flat=True)) == {alice.pk}


def test_the_command_knows_only_accounts_and_roles_that_are_there(alice: User) -> None:
    with pytest.raises(CommandError, match=r"no account with the address bob@example\.org"):
        call_command("operator", "bob@example.org", "--grant", "owner")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("operator", alice.email, "--grant", "king")
    with pytest.raises(BadInput, match="no role 'king'"):
        granting.set_role(alice, "king", granted=True, actor=None)
    assert not OperatorRole.objects.exists()


def test_the_last_owner_goes_by_the_command_line_only(alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        granting.set_role(user, "owner", granted=True, actor=None)
    granting.set_role(charlie, "owner", granted=False, actor=alice)
    with pytest.raises(Conflict, match="last owner"):
        granting.set_role(alice, "owner", granted=False, actor=alice)
    assert OperatorRole.objects.filter(user=alice, role="owner").exists()
    granting.set_role(alice, "owner", granted=False, actor=None)


def test_an_owner_who_is_suspended_does_not_count(alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        granting.set_role(user, "owner", granted=True, actor=None)
    suspending.suspend(charlie, reason="compromise", actor=alice)
    with pytest.raises(Conflict, match="last owner"):
        granting.set_role(alice, "owner", granted=False, actor=alice)
    with pytest.raises(Conflict, match="last owner"):
        suspending.suspend(alice, reason="terms", actor=charlie)
    with pytest.raises(BadInput, match="suspended"):
        granting.set_role(charlie, "support", granted=True, actor=alice)


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({}, False),
        ({"amr": []}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": ["sms"]}, False),
        ({"amr": [["mfa"], 5, None]}, False),
        ({"acr": "1"}, False),
        ({"amr": ["pwd"], "acr": "urn:mace:incommon:iap:bronze"}, False),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["otp"]}, True),
        ({"amr": ["hwk", "user"]}, True),
        ({"amr": ["pwd", "sms"]}, True),
        ({"amr": ["pin", "swk"]}, True),
        ({"amr": ["pwd", "kba"]}, False),
        ({"acr": "phrh"}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
    ],
)
def test_a_second_factor_is_what_the_provider_states(claims: dict[str, object], told: bool) -> None:
    assert factors.has_second_factor(claims) is told


@pytest.mark.parametrize("signed_in", [None, "100", True, 101.0, 100 - factors.FRESH_SECONDS])
def test_a_sign_in_that_is_old_or_no_time_opens_nothing(signed_in: object) -> None:
    assert not factors.is_fresh(signed_in, 100.0)


def test_a_sign_in_opens_the_console_for_eight_hours() -> None:
    assert factors.is_fresh(100, 100.0)
    assert factors.is_fresh(100, 100.0 + 8 * 3600 - 1)
    assert not factors.is_fresh(100, 100.0 + 8 * 3600)


def test_each_role_opens_its_own_screens() -> None:
    keys = {role: {screen.key for screen in screens.opened_by([role])} for role in OperatorRole.Role.values}
    assert keys["support"] == {"home", "accounts", "reports", "correction"}
    assert keys["billing"] == {"home", "accounts"}
    assert keys["security"] == {"home", "accounts", "reports", "correction", "suspension", "deletion", "disclosure", "incidents"}
    assert keys["owner"] == set(screens.SCREENS)
