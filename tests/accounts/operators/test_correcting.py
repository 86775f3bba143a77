"""What is not right in a profile is put right, by its owner or for them (S-166)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.flows import keying
from accounts.models import AuditEvent, User
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
BEFORE = {"display_name": "Kestrel Canary", "contact_phone": "+44 20 7946 0018", "time_zone": "Pacific/Chatham", "language": "nb"}
AFTER = {"display_name": "Heron Canary", "contact_phone": "+44 20 7946 0999", "time_zone": "Asia/Kathmandu", "language": "uk"}


@pytest.fixture
def wrong(db: None) -> User:
    return User.objects.create_user("ruth@example.org", **BEFORE)


def is_right_everywhere(wrong: User) -> None:
    browser, key = Client(), keying.make(wrong, name="Nightly").raw
    browser.force_login(wrong)
    profile, home = (browser.get(address).content.decode() for address in ("/settings/", "/interviews/"))
    told = Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {key}"}).content.decode()
    assert AFTER["display_name"] in home
    for name, value in AFTER.items():
        assert value in profile, name
        assert value in told, name
    held = dump() + home + told + re.sub(r"<datalist.*?</datalist>", "", profile, flags=re.DOTALL)
    for value in (BEFORE["display_name"], BEFORE["contact_phone"], BEFORE["time_zone"]):
        assert value not in held, "the old one is nowhere"
    wrong.refresh_from_db()
    assert {name: getattr(wrong, name) for name in AFTER} == AFTER


@pytest.mark.promise("S-166")
def test_a_person_corrects_each_field(wrong: User) -> None:
    browser = Client()
    browser.force_login(wrong)
    assert all(value in dump() for value in BEFORE.values()), "the control"
    for name, value in AFTER.items():
        whole = {field: getattr(wrong, field) for field in BEFORE}
        assert browser.post("/settings/", whole | {name: value}).status_code == 303
        wrong.refresh_from_db()
        assert getattr(wrong, name) == value
    is_right_everywhere(wrong)


@pytest.mark.promise("S-166")
def test_an_operator_does_it_on_request_and_it_is_in_the_trail(operator: Operator, wrong: User) -> None:
    client = operator("support")
    path = f"/console/accounts/{wrong.pk}/correction/"
    assert path in client.get(f"/console/accounts/{wrong.pk}/").content.decode()
    page = client.get(path).content.decode()
    assert all(f'value="{value}"' in page for value in BEFORE.values())
    assert client.post(path, AFTER | {"request": "R-2026-14"}).status_code == 303
    is_right_everywhere(wrong)
    event = AuditEvent.objects.get(action="account.corrected")
    by = User.objects.get(email="support@operators.example")
    assert (event.workspace, event.subject, event.actor, event.means) == (wrong.workspace, wrong, by, "operator")
    assert event.label == "R-2026-14: all fields"
    assert AuditEvent.objects.filter(action="operator.read", workspace=wrong.workspace, label="Correction").count() == 1
    browser = Client()
    browser.force_login(wrong)
    assert "R-2026-14: all fields" in browser.get("/settings/activity/").content.decode()


def test_only_what_differs_is_named(operator: Operator, wrong: User) -> None:
    client = operator("owner")
    path = f"/console/accounts/{wrong.pk}/correction/"
    client.post(path, BEFORE | {"request": "R-15"})
    assert not AuditEvent.objects.filter(action="account.corrected").exists()
    client.post(path, BEFORE | {"request": "R-15", "contact_phone": ""})
    assert AuditEvent.objects.get(action="account.corrected").label == "R-15: phone"


@pytest.mark.parametrize("changed", [{"request": ""}, {"request": "Ruth asked me to"}, {"contact_phone": "call me"}])
def test_without_a_number_or_with_what_is_no_phone_nothing_is_changed(
    operator: Operator, wrong: User, changed: dict[str, str]
) -> None:
    path = f"/console/accounts/{wrong.pk}/correction/"
    client = operator("security")
    client.post(path, AFTER | {"request": "R-16"} | changed, headers={"Referer": f"http://testserver{path}"})
    wrong.refresh_from_db()
    assert {name: getattr(wrong, name) for name in BEFORE} == BEFORE
    assert not AuditEvent.objects.filter(action="account.corrected").exists()
