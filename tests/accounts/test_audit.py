"""Rights that an operator changes, and the trail of who did what."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from accounts import audit
from accounts.flows import sweeping
from accounts.flows.granting import set_developer_access
from accounts.models import AuditEvent, User
from ground import clock
from specstep.celery import NIGHTLY

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("operator@example.org", "Op Erator")


@pytest.mark.promise("S-063")
def test_nobody_begins_with_developer_access(alice: User, operator: User) -> None:
    assert not User.objects.filter(developer_access=True).exists()


@pytest.mark.promise("S-109")
def test_granting_and_taking_are_noted_with_who_whom_and_what(alice: User, operator: User) -> None:
    assert set_developer_access(alice, granted=True, actor=operator)
    assert not set_developer_access(alice, granted=True, actor=operator)
    assert set_developer_access(alice, granted=False, actor=None)
    told = AuditEvent.objects.order_by("at", "id").values_list("workspace__owner", "action", "actor", "subject")
    assert list(told) == [
        (alice.pk, "developer_access.granted", operator.pk, alice.pk),
        (alice.pk, "developer_access.taken", None, alice.pk),
    ]


def test_the_command_knows_only_accounts_that_are_there(alice: User) -> None:
    with pytest.raises(CommandError, match=r"no account with the address bob@example\.org"):
        call_command("developer_access", "bob@example.org", "--grant")
    with pytest.raises(CommandError, match="required"):
        call_command("developer_access", "alice@example.org")
    assert not AuditEvent.objects.exists()


def test_an_event_is_not_changed(alice: User) -> None:
    event = audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label="OpenAI")
    event.label = "Anthropic"
    with pytest.raises(TypeError, match="not changed"):
        event.save()
    event.refresh_from_db()
    assert event.label == "OpenAI"


def test_people_see_their_own_events_only(alice: User, charlie: User) -> None:
    audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label="OpenAI")
    assert AuditEvent.objects.visible_to(alice).count() == 1
    assert not AuditEvent.objects.visible_to(charlie).exists()


@pytest.mark.promise("S-119")
def test_after_the_account_is_gone_the_time_and_the_action_are_all_that_is_left(alice: User, operator: User) -> None:
    set_developer_access(alice, granted=True, actor=operator)
    for _ in range(2):
        audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label="OpenAI")
    before = list(AuditEvent.objects.values_list("at", "action"))
    alice.delete()
    assert list(AuditEvent.objects.values_list("at", "action")) == before
    left = [str(value) for row in AuditEvent.objects.values_list("workspace", "actor", "subject", "label") for value in row]
    assert set(left) == {"None", ""}


def test_after_an_operator_is_gone_the_event_stays_with_the_account(alice: User, operator: User) -> None:
    set_developer_access(alice, granted=True, actor=operator)
    operator.delete()
    event = AuditEvent.objects.visible_to(alice).get()
    assert (event.actor, event.subject) == (None, alice)


@pytest.mark.promise("S-117")
def test_events_are_kept_for_90_days(alice: User) -> None:
    now = clock.now()
    for days in (89, 91):
        event = audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label=f"{days}")
        AuditEvent.objects.filter(pk=event.pk).update(at=now - dt.timedelta(days=days))
    assert "accounts.sweep" in NIGHTLY
    assert sweeping.sweep() == 1
    assert AuditEvent.objects.get().label == "89"
