"""What operators do to an account: suspend, open again, grant; and the review of who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.flows import granting, keying, reviewing, suspending
from accounts.models import AuditEvent, DeletionRequest, Message, OperatorRole, Session, User
from ground import clock
from ground.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]


@pytest.fixture
def client_of_ruth(ruth: User) -> Client:
    client = Client()
    client.force_login(ruth)
    assert client.get("/interviews/").status_code == 200
    return client


def test_a_suspension_ends_sessions_at_once_and_is_noted_and_told(operator: Operator, ruth: User, client_of_ruth: Client) -> None:
    Session.objects.create(session_key="0" * 64, session_data="", expire_date=clock.now(), user=ruth)
    client = operator("security")
    path = f"/console/accounts/{ruth.pk}/suspension/"
    answer = client.post(path, {"reason": "terms", "word": "suspend"})
    assert answer.status_code == 303
    ruth.refresh_from_db()
    assert (ruth.is_active, ruth.suspended_at is not None) == (False, True)
    assert not Session.objects.alive().filter(user=ruth).exists()
    assert set(Session.objects.filter(user=ruth).values_list("session_data", flat=True)) == {""}
    event = AuditEvent.objects.get(action="account.suspended")
    assert (event.workspace, event.actor, event.subject, event.means, event.label) == (
        ruth.workspace,
        User.objects.get(email="security@operators.example"),
        ruth,
        "operator",
        "breach of the terms",
    )
    assert Message.objects.get(user=ruth, kind="account.suspended").channel == "email"
    restored = client.post(f"/console/accounts/{ruth.pk}/restoration/", {"reason": "settled", "word": "restore"})
    assert restored.status_code == 303
    ruth.refresh_from_db()
    assert (ruth.is_active, ruth.suspended_at) == (True, None)
    assert not Session.objects.filter(user=ruth).exists()
    assert client_of_ruth.get("/interviews/").status_code == 302, "who is let in again signs in again"
    assert Message.objects.filter(user=ruth, kind="account.restored").count() == 1


@pytest.mark.promise("S-005")
def test_the_terms_are_there_and_whoever_breaks_them_is_let_in_nowhere(operator: Operator, ruth: User) -> None:
    """Tools with a token: ``tests/api/mcp/test_door.py``."""
    assert Client().get("/terms/").status_code == 200
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(ruth)
    key = keying.make(ruth, name="Nightly").raw

    cookies = {browser: browser.cookies["sessionid"].value for browser in browsers}

    def answers(browser: Client, name: str) -> list[int]:
        browser.cookies["sessionid"] = cookies[browser]  # a program sends what it has; a browser drops it when it is told to
        read = browser.get("/interviews/").status_code
        browser.cookies["sessionid"] = cookies[browser]
        written = browser.post("/settings/", {"display_name": name, "time_zone": "UTC", "language": "en"}).status_code
        called = Client().get("/api/v1/account", headers={"Authorization": f"Bearer {key}"}).status_code
        return [read, written, called]

    assert answers(browsers[0], "Ruth") == [200, 303, 200], "the control: all of them were let in"
    form = {"reason": "terms", "word": "suspend"}
    assert operator("security").post(f"/console/accounts/{ruth.pk}/suspension/", form).status_code == 303
    for browser in browsers:
        assert set(answers(browser, "Somebody")) <= {401, 403}
        browser.cookies["sessionid"] = cookies[browser]
        told = browser.get("/packages/")
        assert told.status_code == 403
        assert "This account is suspended" in told.content.decode()
        assert "default-src 'none'" in told.headers["Content-Security-Policy"]
        assert browser.get("/pricing/").status_code == 200, "what is for everybody stays open"
    ruth.refresh_from_db()
    assert ruth.display_name == "Ruth"
    with clock.moved(dt.timedelta(days=8)):
        browsers[0].cookies["sessionid"] = cookies[browsers[0]]
        assert browsers[0].get("/packages/").status_code == 302, "no longer than a session lives"


@pytest.mark.parametrize(
    "form", [{}, {"reason": "terms"}, {"reason": "terms", "word": "yes"}, {"reason": "mood", "word": "suspend"}]
)
def test_without_the_word_or_a_reason_of_the_list_nothing_happens(operator: Operator, ruth: User, form: dict[str, str]) -> None:
    client = operator("security")
    path = f"/console/accounts/{ruth.pk}/suspension/"
    answer = client.post(path, form, headers={"Referer": f"http://testserver{path}"})
    assert answer.headers["Location"] == f"http://testserver{path}"
    assert "callout--broken" in client.get(path).content.decode()
    ruth.refresh_from_db()
    assert ruth.is_active


def test_what_cannot_be_suspended_says_why(alice: User, charlie: User) -> None:
    with pytest.raises(BadInput, match="your own account"):
        suspending.suspend(alice, reason="terms", actor=alice)
    with pytest.raises(Conflict, match="not suspended"):
        suspending.restore(alice, reason="settled", actor=charlie)
    suspending.suspend(alice, reason="terms", actor=charlie)
    with pytest.raises(Conflict, match="suspended already"):
        suspending.suspend(alice, reason="terms", actor=charlie)
    DeletionRequest.objects.create(user=charlie)
    with pytest.raises(Conflict, match="being deleted"):
        suspending.suspend(charlie, reason="terms", actor=None)


@pytest.mark.promise("S-109")
def test_developer_access_is_granted_and_taken_in_the_console(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    path = f"/console/accounts/{ruth.pk}/developer/"
    for granted, label in (("yes", "member → developer"), ("no", "developer → member")):
        client.post(path, {"granted": granted})
        ruth.refresh_from_db()
        assert ruth.developer_access is (granted == "yes")
        event = AuditEvent.objects.filter(subject=ruth, action__startswith="developer_access").latest("at")
        assert (event.actor, event.label) == (User.objects.get(email="owner@operators.example"), label)


@pytest.mark.promise("S-109")
def test_roles_are_given_and_taken_in_the_console(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    client.post("/console/roles/", {"address": ruth.email, "role": "support"})
    role = OperatorRole.objects.get(user=ruth)
    client.post(f"/console/roles/{role.pk}/take/")
    assert not OperatorRole.objects.filter(user=ruth).exists()
    labels = (
        AuditEvent.objects.filter(subject=ruth, workspace=ruth.workspace).order_by("at", "id").values_list("label", flat=True)
    )
    assert list(labels) == ["not support → support", "support → not support"]
    own = OperatorRole.objects.get(role="owner")
    client.post(f"/console/roles/{own.pk}/take/")
    assert OperatorRole.objects.filter(pk=own.pk).exists()
    assert "last owner" in client.get("/console/roles/").content.decode()


def test_the_review_shows_last_use_and_what_is_overdue_and_a_confirmation_settles_it(operator: Operator, ruth: User) -> None:
    operator("support").get("/console/reports/")
    granting.set_role(User.objects.get(email="support@operators.example"), "billing", granted=True, actor=None)
    used = {row.role.role: row.used_at is not None for row in reviewing.rows()}
    assert used == {"support": True, "billing": False}
    OperatorRole.objects.filter(role="support").update(created_at=clock.now() - dt.timedelta(days=90))
    client = operator("owner")
    assert "overdue since" in client.get("/console/review/").content.decode()
    assert "1 role" in client.get("/console/").content.decode()
    role = OperatorRole.objects.get(role="support")
    client.post(f"/console/review/{role.pk}/confirm/")
    assert "overdue since" not in client.get("/console/review/").content.decode()
    assert AuditEvent.objects.filter(action="operator_role.reviewed", subject=role.user).count() == 1
    client.post(f"/console/roles/{role.pk}/take/", {"from": "review"})
    assert not OperatorRole.objects.filter(role="support").exists()
