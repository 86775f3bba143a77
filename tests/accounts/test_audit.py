"""Rights that an operator changes, and the trail of who did what."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

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


def test_what_a_tool_does_for_its_owner_is_noted_with_the_name_of_the_tool(alice: User, operator: User) -> None:
    with audit.through(audit.Means.TOOL, "Drafting Desk " * 9):
        audit.record(alice.workspace, audit.Action.RUN_STARTED, actor=alice)
        audit.record(alice.workspace, audit.Action.RUN_COMPLETED, actor=None)
        audit.record(alice.workspace, audit.Action.OPERATOR_READ, actor=operator)
        audit.record(alice.workspace, audit.Action.API_KEY_CREATED, actor=alice, means=audit.Means.SESSION)
    audit.record(alice.workspace, audit.Action.SIGNED_OUT, actor=alice)
    told = AuditEvent.objects.order_by("created_at", "id").values_list("action", "means", "through")
    assert list(told) == [
        ("run.started", "tool", ("Drafting Desk " * 9)[:60]),
        ("run.completed", "system", ""),
        ("operator.read", "operator", ""),
        ("api_key.created", "session", ""),
        ("session.signed_out", "session", ""),
    ]


def test_people_see_their_own_events_only(alice: User, charlie: User) -> None:
    audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label="OpenAI")
    assert AuditEvent.objects.visible_to(alice).count() == 1
    assert not AuditEvent.objects.visible_to(charlie).exists()


@pytest.mark.promise("S-119")
def test_after_the_account_is_gone_the_time_and_the_action_are_all_that_is_left(alice: User, operator: User) -> None:
    set_developer_access(alice, granted=True, actor=operator)
    for _ in range(2):
        audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice, label="OpenAI")
    with audit.through(audit.Means.TOOL, "Drafting Desk"):
        audit.record(alice.workspace, audit.Action.OWN_KEY_REVOKED, actor=alice, label="OpenAI")
    before = list(AuditEvent.objects.values_list("at", "action"))
    alice.delete()
    assert list(AuditEvent.objects.values_list("at", "action")) == before
    columns = ("workspace", "actor", "subject", "about", "means", "label", "through")
    assert {str(value) for row in AuditEvent.objects.values_list(*columns) for value in row} == {"None", ""}


def test_what_was_done_to_a_deleted_person_names_neither_the_person_nor_who_did_it(alice: User, operator: User) -> None:
    audit.record(None, audit.Action.OPERATOR_ROLE_GRANTED, actor=operator, subject=alice, label="support")
    alice.delete()
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.subject_id, event.means, event.label) == (None, None, "", "")


def test_what_a_deleted_operator_did_in_nobodys_account_is_unlinked_too(operator: User) -> None:
    audit.record(None, audit.Action.OPERATOR_READ, actor=operator, label="accounts")
    operator.delete()
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.means, event.label) == (None, "", "")


def test_after_an_operator_is_gone_the_event_stays_with_the_account(alice: User, operator: User) -> None:
    set_developer_access(alice, granted=True, actor=operator)
    operator.delete()
    event = AuditEvent.objects.visible_to(alice).get()
    assert (event.actor, event.subject) == (None, alice)


def written(days: float, owner: User, kept: audit.Kept) -> AuditEvent:
    """An event that is so many days old: the clock stands there while it is written."""
    with clock.moved(-dt.timedelta(days=days)):
        return audit.record(owner.workspace, audit.Action.OWN_KEY_ADDED, actor=owner, label=f"{days}", kept=kept)


@pytest.mark.promise("S-117")
def test_events_are_kept_for_90_days(alice: User) -> None:
    for days in (91, 89):
        written(days, alice, audit.Kept.DETAIL)
    assert "accounts.sweep" in NIGHTLY
    assert sweeping.sweep() == 1
    assert AuditEvent.objects.get().label == "89"


@pytest.mark.promise("S-118")
def test_billing_events_are_kept_for_seven_years(alice: User) -> None:
    for days in (7 * 365 + 4, 7 * 365 - 30, 91):
        written(days, alice, audit.Kept.BILLING)
    assert sweeping.sweep() == 1
    assert [event.label for event in AuditEvent.objects.order_by("at")] == [str(7 * 365 - 30), "91"]


def test_events_of_deleted_accounts_keep_the_time_of_their_class(alice: User) -> None:
    for days, kept in ((91, audit.Kept.BILLING), (89, audit.Kept.DETAIL)):
        written(days, alice, kept)
    alice.delete()
    assert sweeping.sweep() == 0
    assert AuditEvent.objects.count() == 2


def test_seven_years_before_a_29th_of_february_is_the_28th() -> None:
    leap = dt.datetime(2028, 2, 29, 5, tzinfo=dt.UTC)
    assert sweeping.years_before(leap, 7) == dt.datetime(2021, 2, 28, 5, tzinfo=dt.UTC)


@pytest.mark.promise("S-115")
def test_times_are_utc_and_go_forward_for_each_actor_also_when_the_clock_goes_back(alice: User, operator: User) -> None:
    noon = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
    for minute in (0, 5, 5, 2):
        for actor in (alice, operator, None):
            with clock.frozen(noon + dt.timedelta(minutes=minute)):
                audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=actor)
    for actor in (alice, operator, None):
        times = list(AuditEvent.objects.filter(actor=actor).order_by("id").values_list("at", flat=True))
        assert all(before < after for before, after in pairwise(times))
        assert {moment.utcoffset() for moment in times} == {dt.timedelta(0)}


def test_an_event_is_undone_with_what_it_tells_of(alice: User) -> None:
    with transaction.atomic():
        set_developer_access(alice, granted=True, actor=None)
        transaction.set_rollback(True)
    alice.refresh_from_db()
    assert not alice.developer_access
    assert not AuditEvent.objects.exists()
