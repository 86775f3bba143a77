"""From discovery to a token, as a tool and a person go through it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from django.test import Client as Browser

from accounts.flows import suspending
from accounts.flows.erasing import request_deletion
from accounts.models import AuditEvent, Message, User
from api.models import AccessToken, Client, Grant, RefreshToken
from api.oauth import recognising
from ground import clock
from tests.api.oauth.tool import Tool

pytestmark = pytest.mark.django_db


def test_a_tool_is_connected(as_alice: Browser, alice: User) -> None:
    tool = Tool()
    tool.discover()
    tool.register()
    answer = tool.exchange(tool.consent(as_alice)["code"])
    told = answer.json()
    raw = told.pop("access_token")
    assert told == {"token_type": "Bearer", "expires_in": 7_776_000, "scope": "full_access"}
    assert "no-store" in answer.headers["Cache-Control"]
    found = recognising.recognise(raw)
    assert found is not None
    assert (found.user_id, found.client_name) == (alice.pk, "Drafting Desk")
    row = AccessToken.objects.get()
    assert row.token_checksum == hashlib.sha256(raw.encode()).hexdigest()
    assert row.prefix == raw[:8]
    assert row.expires - row.created == pytest.approx(dt.timedelta(days=90), abs=dt.timedelta(seconds=1))
    assert row.resource == [tool.resource]
    assert not Grant.objects.exists()
    assert not RefreshToken.objects.exists()


def test_its_owner_is_told_and_the_trail_knows(as_alice: Browser, alice: User) -> None:
    raw = Tool().connect(as_alice)
    event = AuditEvent.objects.visible_to(alice).get(action="tool.connected")
    assert (event.actor, event.label, event.about) == (alice, "Drafting Desk", AccessToken.objects.get().pk)
    message = Message.objects.get(user=alice, kind="tool.connected")
    assert message.about == {"prefix": raw[:8], "path": "/settings/tools/"}


@pytest.mark.promise("S-114")
def test_a_token_that_is_issued_and_revoked_leaves_two_events_and_nothing_of_itself(as_alice: Browser, alice: User) -> None:
    raw = Tool().connect(as_alice)
    row = AccessToken.objects.get()
    assert as_alice.post(f"/settings/tools/{row.pk}/revoke/").status_code == 303
    assert recognising.recognise(raw) is None
    events = AuditEvent.objects.visible_to(alice).filter(action__startswith="tool.").order_by("at", "id")
    assert [(event.action, event.actor, event.about) for event in events] == [
        ("tool.connected", alice, row.pk),
        ("tool.revoked", alice, row.pk),
    ]
    trail = str(list(AuditEvent.objects.values())) + as_alice.get("/settings/activity/export/").content.decode()
    assert "tool.revoked" in trail, "the control"
    assert not [raw[at : at + 12] for at in range(len(raw) - 11) if raw[at : at + 12] in trail]


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_a_tool_that_keeps_a_secret_has_to_show_it(as_alice: Browser, method: str) -> None:
    tool = Tool(method=method)
    told = tool.register()
    assert told["client_secret_expires_at"] == 0
    secret = told["client_secret"]
    assert Client.objects.get().client_secret == f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}"
    code = tool.consent(as_alice)["code"]
    for wrong in (None, "", secret[:-1], "sha256:" + hashlib.sha256(secret.encode()).hexdigest()):
        refused = tool.exchange(code, client_secret=wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    if method == "client_secret_post":
        assert tool.exchange(code).status_code == 200
    else:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": tool.callback, "code_verifier": tool.verifier}
        import base64

        shown = base64.b64encode(f"{tool.client_id}:{secret}".encode()).decode()
        assert tool.http.post("/oauth/token", form, headers={"Authorization": f"Basic {shown}"}).status_code == 200


def test_consent_is_asked_every_time_whatever_the_tool_says(as_alice: Browser) -> None:
    tool = Tool()
    tool.connect(as_alice)
    for more in ({}, {"approval_prompt": "auto"}, {"prompt": "none"}, {"approval_prompt": "auto", "prompt": "none"}):
        page = as_alice.get(tool.request(**more))
        assert page.status_code == 200
        assert "Allow full access" in page.content.decode()
    assert AccessToken.objects.count() == 1


def test_whoever_says_no_sends_the_tool_away(as_alice: Browser, alice: User) -> None:
    tool = Tool()
    tool.register()
    told = tool.consent(as_alice, decision="refuse")
    assert told["error"] == "access_denied"
    assert not Grant.objects.exists()
    event = AuditEvent.objects.visible_to(alice).get(action="tool.refused")
    assert event.label == "Drafting Desk"


def test_without_an_answer_there_is_no_code(as_alice: Browser) -> None:
    tool = Tool()
    tool.register()
    for said in ({}, {"decision": ""}, {"decision": "Allow"}, {"allow": "true"}):
        assert tool.told(as_alice.post(tool.request(), said))["error"] == "access_denied"
    assert not Grant.objects.exists()


def test_another_site_cannot_answer_for_a_person(alice: User) -> None:
    person = Browser(enforce_csrf_checks=True)
    person.force_login(alice)
    tool = Tool()
    tool.register()
    assert person.post(tool.request(), {"decision": "allow"}).status_code == 403
    assert not Grant.objects.exists()


def test_who_is_not_signed_in_signs_in_first_and_comes_back(client: Browser) -> None:
    tool = Tool()
    tool.register()
    address = tool.request()
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=/oauth/authorize%3F")
    assert client.post(address, {"decision": "allow"}).headers["Location"].startswith("/sign-in/")
    assert not Grant.objects.exists()


def test_a_suspended_person_lets_nobody_in(as_alice: Browser, alice: User) -> None:
    tool = Tool()
    tool.register()
    code = tool.consent(as_alice)["code"]
    suspending.suspend(alice, reason="compromise", actor=None)
    refused = tool.exchange(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert as_alice.get(tool.request()).status_code == 403
    assert not AccessToken.objects.exists()


def test_tokens_codes_and_consent_go_when_the_account_is_closed(as_alice: Browser, alice: User, charlie: User) -> None:
    tool = Tool()
    raw = tool.connect(as_alice)
    code = tool.consent(as_alice)["code"]
    others = Browser()
    others.force_login(charlie)
    kept = Tool().connect(others)
    request_deletion(alice)
    assert not AccessToken.objects.filter(user=alice).exists()
    assert not Grant.objects.exists()
    assert recognising.recognise(raw) is None
    assert tool.exchange(code).json()["error"] == "invalid_grant"
    assert recognising.recognise(kept) is not None


def test_a_code_lasts_a_minute(as_alice: Browser) -> None:
    tool = Tool()
    tool.register()
    now = clock.now()
    with clock.frozen(now):
        early, late = (tool.consent(as_alice, address)["code"] for address in _twice(tool))
        assert {row.expires for row in Grant.objects.all()} == {now + dt.timedelta(seconds=60)}
    with clock.frozen(now + dt.timedelta(seconds=60)):
        assert tool.exchange(late).json()["error"] == "invalid_grant"
    with clock.frozen(now + dt.timedelta(seconds=59)):
        assert tool.exchange(early).status_code == 200


def _twice(tool: Tool) -> list[str]:
    """The same request twice, so that one verifier fits both codes."""
    address = tool.request()
    return [address, address]


def test_a_code_is_stored_as_its_hash(as_alice: Browser) -> None:
    tool = Tool()
    tool.register()
    code = tool.consent(as_alice)["code"]
    assert Grant.objects.values_list("code", flat=True).get() == f"sha256:{hashlib.sha256(code.encode()).hexdigest()}"
    assert tool.exchange(f"sha256:{hashlib.sha256(code.encode()).hexdigest()}").json()["error"] == "invalid_grant"
    assert tool.exchange(code).status_code == 200


def test_the_tool_can_give_its_token_back(as_alice: Browser, alice: User) -> None:
    tool, other = Tool(), Tool(name="Another")
    raw, kept = tool.connect(as_alice), other.connect(as_alice)
    given = {"token": raw, "token_type_hint": "access_token", "client_id": tool.client_id}
    assert tool.http.post("/oauth/revoke", given | {"client_id": other.client_id}).status_code == 200
    assert recognising.recognise(raw) is not None
    assert tool.http.post("/oauth/revoke", given).status_code == 200
    assert recognising.recognise(raw) is None
    assert tool.http.post("/oauth/revoke", given).status_code == 200
    assert recognising.recognise(kept) is not None
    event = AuditEvent.objects.visible_to(alice).get(action="tool.revoked")
    assert (event.means, event.through) == ("tool", "Drafting Desk")


def test_the_answer_to_an_odd_registration_says_what_is_offered() -> None:
    told = Tool().register()
    assert told["grant_types"] == ["authorization_code"]
    assert told["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in told
    assert json.dumps(told)
