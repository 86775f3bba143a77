"""Who may open which address of the console. The table of addresses is walked: a new one that is not in it fails here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.html import escape

from accounts import second_factor
from accounts.flows import granting, mailing, reporting, suspending
from accounts.models import AuditEvent, MailOut, OperatorRole, PolicyVersion, SubProcessor, User
from accounts.rules import factors
from accounts.urls import console
from ground import clock
from tests.accounts.operators.conftest import CANARIES

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
EVERYBODY = {"support", "billing", "security", "owner"}
SECURITY = {"security", "owner"}
ADDRESSES = {
    "home": EVERYBODY,
    "accounts": EVERYBODY,
    "account": EVERYBODY,
    "correction": {"support", "security", "owner"},
    "suspension": SECURITY,
    "restoration": SECURITY,
    "disclosure": SECURITY,
    "deletion": SECURITY,
    "developer": {"owner"},
    "reports": {"support", "security", "owner"},
    "new_report": {"support", "security", "owner"},
    "report": {"support", "security", "owner"},
    "roles": {"owner"},
    "take_role": {"owner"},
    "review": {"owner"},
    "confirm_role": {"owner"},
    "policies": {"owner"},
    "new_policy": {"owner"},
    "policy": {"owner"},
    "edit_policy": {"owner"},
    "send_policy": {"owner"},
    "discard_policy": {"owner"},
    "texts": {"owner"},
    "new_text": {"owner"},
    "text": {"owner"},
    "withdraw_text": {"owner"},
    "sub_processors": {"owner"},
    "new_sub_processor": {"owner"},
    "sub_processor": {"owner"},
    "activate_sub_processor": {"owner"},
    "withdraw_sub_processor": {"owner"},
    "incidents": SECURITY,
    "new_incident": SECURITY,
    "incident": SECURITY,
    "edit_incident": SECURITY,
    "send_incident": SECURITY,
    "discard_incident": SECURITY,
}
"""Who may open each address of the console."""
BY_POST = {
    *("restoration", "developer", "take_role", "confirm_role"),
    *("withdraw_text", "activate_sub_processor", "withdraw_sub_processor"),
} | {f"{act}_{kind}" for act in ("send", "discard") for kind in ("policy", "incident")}


@pytest.fixture
def paths(ruth: User) -> dict[str, str]:
    """Every address of the console, each about a row that is there."""
    report = reporting.file(ruth, title="It stops", description="", severity="low", came_from="/packages/", user_agent="F")
    role = OperatorRole.objects.create(user=User.objects.create_user("old@operators.example"), role="support")
    rows = {
        "correction": ruth,
        "suspension": ruth,
        "restoration": ruth,
        "developer": ruth,
        "disclosure": ruth,
        "deletion": ruth,
        "account": ruth,
        "report": report,
    }
    for kind in ("policy", "incident"):
        letter = mailing.draft(MailOut(kind=kind, title="T", happened="H", concerns="C", advice="A", known_at=clock.now()))
        rows |= dict.fromkeys((kind, f"edit_{kind}", f"send_{kind}", f"discard_{kind}"), letter)
    rows |= {"take_role": role, "confirm_role": role}
    told = MailOut.objects.create(kind="policy", title="T", happened="H", concerns="C", advice="A", effective_at=clock.now())
    version = PolicyVersion.objects.create(
        document="terms",
        dated=clock.today() + dt.timedelta(days=40),
        effective_at=clock.now() + dt.timedelta(days=40),
        material=True,
        summary="S",
        text="T",
        mail_out=told,
    )
    company = SubProcessor.objects.create(company="Acme", does="D", data="D", country="C", mail_out=told)
    rows |= dict.fromkeys(("text", "withdraw_text"), version)
    rows |= dict.fromkeys(("sub_processor", "activate_sub_processor", "withdraw_sub_processor"), company)
    found = {}
    for pattern in console:
        name = str(pattern.name)
        given = ["terms"] if name == "new_text" else [rows[name].pk] if name in rows else []
        found[name] = reverse(f"console:{name}", args=given)
    return found


def ask(client: Client, name: str, path: str) -> int:
    return client.post(path).status_code if name in BY_POST else client.get(path).status_code


@pytest.mark.promise("S-179", "S-080")
def test_each_role_opens_its_own_screens_and_for_all_others_there_is_nothing(
    operator: Operator, paths: dict[str, str], ruth: User
) -> None:
    assert set(paths) == set(ADDRESSES)
    person, suspended = Client(), operator("owner", name="suspended")
    person.force_login(ruth)
    operator("owner", name="keeper")
    suspending.suspend(User.objects.get(email="suspended@operators.example"), reason="compromise", actor=None)
    for name, path in paths.items():
        for client in (Client(), person, suspended):
            assert client.get(path).status_code == client.post(path).status_code == 404, name
        for role in sorted(EVERYBODY - ADDRESSES[name]):
            assert ask(operator(role), name, path) == 404, (name, role)
    before = list(OperatorRole.objects.values_list("pk", flat=True)), MailOut.objects.count()
    for name, path in paths.items():
        if name not in BY_POST:
            for role in sorted(ADDRESSES[name]):
                assert ask(operator(role), name, path) == 200, (name, role)
    assert MailOut.objects.count() == before[1]
    # Those that act answer "done, look there"; the one that deletes its row comes last.
    for name in sorted(BY_POST, key=lambda name: ("discard" in name or "withdraw" in name, "take" in name)):
        assert ask(operator("owner"), name, paths[name]) == 303, name


@pytest.mark.promise("S-179")
def test_without_a_second_factor_nothing_opens_and_nothing_is_done(operator: Operator, paths: dict[str, str], ruth: User) -> None:
    for role in sorted(EVERYBODY):
        client = operator(role, second_factor=False)
        for name, path in paths.items():
            answer = client.post(path, {"word": "suspend", "reason": "terms", "granted": "yes"})
            page = client.get(path).content.decode()
            assert answer.status_code == (403 if role in ADDRESSES[name] else 404), (name, role)
            assert ruth.email not in page
            if role in ADDRESSES[name]:
                assert "needs a second factor" in page
    ruth.refresh_from_db()
    assert (ruth.is_active, ruth.developer_access) == (True, False)
    assert not AuditEvent.objects.filter(action="operator.read").exists()


def test_after_eight_hours_the_operator_signs_in_again(operator: Operator) -> None:
    client = operator("support")
    with clock.moved(dt.timedelta(seconds=factors.FRESH_SECONDS - 60)):
        assert client.get("/console/").status_code == 200
    with clock.moved(dt.timedelta(seconds=factors.FRESH_SECONDS)):
        answer = client.get("/console/")
    assert answer.status_code == 403
    assert "Sign in again." in answer.content.decode()


def test_on_a_laptop_the_second_factor_can_be_off(operator: Operator, settings: object) -> None:
    settings.OPERATOR_SECOND_FACTOR = "off"  # type: ignore[attr-defined]
    assert operator("support", second_factor=False).get("/console/").status_code == 200


@pytest.mark.promise("S-179")
def test_a_role_that_is_taken_closes_the_page_that_is_open(operator: Operator, ruth: User) -> None:
    client = operator("security")
    path = f"/console/accounts/{ruth.pk}/suspension/"
    assert client.get(path).status_code == 200
    granting.set_role(User.objects.get(email="security@operators.example"), "security", granted=False, actor=None)
    assert client.post(path, {"word": "suspend", "reason": "terms"}).status_code == 404
    assert client.get("/console/").status_code == 404
    ruth.refresh_from_db()
    assert ruth.is_active


@pytest.mark.promise("S-179")
def test_every_read_leaves_an_event_and_no_page_shows_content_keys_or_tokens(
    operator: Operator, paths: dict[str, str], ruth: User
) -> None:
    client = operator("owner")
    reader = User.objects.get(email="owner@operators.example")
    about_ruth = {"account", "correction", "suspension", "disclosure", "deletion", "report"}
    for name, path in paths.items():
        if name in BY_POST:
            continue
        before = set(AuditEvent.objects.values_list("pk", flat=True))
        answer = client.get(path)
        page = answer.content.decode()
        for kind, canary in CANARIES.items():
            assert canary not in page, (name, kind)
        for value in ("CANARY", "zq9x"):
            assert value not in page, (name, value)
        event = AuditEvent.objects.exclude(pk__in=before).get(action="operator.read")
        assert (event.actor, event.means) == (reader, "operator"), name
        assert event.workspace == (ruth.workspace if name in about_ruth else None), name
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_person_sees_that_an_operator_looked(operator: Operator, ruth: User) -> None:
    operator("support").get(f"/console/accounts/{ruth.pk}/")
    person = Client()
    person.force_login(ruth)
    page = person.get("/settings/activity/").content.decode()
    assert "An operator looked at the account" in page


def test_a_search_takes_an_exact_address_or_id_and_nothing_else(operator: Operator, ruth: User) -> None:
    client = operator("support")
    there = f"/console/accounts/{ruth.pk}/"
    for asked in (ruth.email, ruth.email.upper(), str(ruth.pk), f" {ruth.pk.hex} "):
        assert client.post("/console/accounts/", {"account": asked}).headers["Location"] == there
    for asked in ("", "ruth", "ruth@", "%", "@example.org", "Ruth Ott", f"{ruth.email} {ruth.pk}", "x\x00y"):
        answer = client.post("/console/accounts/", {"account": asked})
        assert answer.status_code == 422, asked
        assert "Ruth" not in answer.content.decode().replace(escape(asked), "")
    assert AuditEvent.objects.filter(action="operator.read", label="Accounts, nothing found").count() == 8
    assert ruth.email not in client.get("/console/accounts/?account=ruth@example.org").content.decode()


def test_the_console_says_it_is_one_and_the_framework_admin_is_not_there(operator: Operator, client: Client) -> None:
    page = operator("billing").get("/console/").content.decode()
    assert "Operator" in page
    assert "Bug reports" not in page
    assert client.get("/admin/").status_code == 404


def test_a_forged_form_is_refused_and_a_stranger_learns_nothing_from_it(operator: Operator, ruth: User) -> None:
    path = f"/console/accounts/{ruth.pk}/suspension/"
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(path, {"word": "suspend", "reason": "terms"}).status_code == 404
    forged = operator("security")
    forged.handler.enforce_csrf_checks = True
    assert forged.post(path, {"word": "suspend", "reason": "terms"}).status_code == 403
    ruth.refresh_from_db()
    assert ruth.is_active
    page = forged.get(path).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = forged.post(path, {"word": "suspend", "reason": "terms", "csrfmiddlewaretoken": token})
    assert answer.status_code == 303
    ruth.refresh_from_db()
    assert not ruth.is_active


def test_a_sign_in_without_a_second_factor_takes_an_older_note_away(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.session = Client().session
    assert not second_factor.opens(request)
    second_factor.remember(request, stated=True)
    assert second_factor.opens(request)
    second_factor.remember(request, stated=False)
    assert not second_factor.opens(request)
    assert not second_factor.was_stated(request)


def test_what_an_operator_did_stays_when_the_operator_is_gone(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    client.post("/console/roles/", {"address": ruth.email, "role": "support"})
    letter = mailing.draft(
        MailOut(kind="incident", title="T", happened="H", concerns="C", advice="A", known_at=clock.now(), to_everyone=True)
    )
    gone = User.objects.get(email="owner@operators.example")
    MailOut.objects.update(made_by=gone)
    mailing.start(letter, actor=gone)
    gone.delete()
    assert not OperatorRole.objects.filter(role="owner").exists()
    assert OperatorRole.objects.get(user=ruth).granted_by is None
    assert AuditEvent.objects.get(action="operator_role.granted", subject=ruth).actor is None
    assert not mailing.send_batch(letter.pk)
    assert list(letter.messages.values_list("user", flat=True)) == [ruth.pk]
    assert client.get("/console/").status_code == 404


def test_settings_lead_operators_to_the_console_and_nobody_else(operator: Operator, ruth: User) -> None:
    link = 'href="/console/"'
    assert link in operator("support").get("/settings/").content.decode()
    person = Client()
    person.force_login(ruth)
    assert link not in person.get("/settings/").content.decode()
