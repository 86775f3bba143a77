"""What is kept of tokens, codes and secrets, for how long, and who takes them away."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from pytest_django import Settings

from accounts.models import AuditEvent, User
from api.models import AccessToken, Client, Grant
from api.oauth import connecting, doors, places, recognising, registering
from api.tasks import sweep_tools
from ground import clock
from specstep.celery import NIGHTLY
from specstep.logs import Redacting
from tests.api.oauth.issued import a_client, a_token
from tests.api.oauth.tool import Tool
from tests.api.test_canary import traces
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
PAGE = "/settings/tools/"


@csrf_exempt
def guarded(request: HttpRequest) -> HttpResponse:
    """A door that a token opens, as the one at /mcp."""
    raw = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if "fall" in request.GET:
        raise RuntimeError(f"no luck with {raw}")
    if recognising.recognise(raw) is not None:
        return HttpResponse("in")
    said = places.challenge("invalid_token", "The token is unknown, expired or revoked.") if raw else places.challenge()
    return HttpResponse(status=401, headers={"WWW-Authenticate": said})


urlpatterns = [path("guarded/", guarded), path("", include("specstep.urls"))]


@pytest.fixture(autouse=True)
def _anew(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    doors._strangers.cache_clear()


def asked_with(raw: str) -> Any:
    return Browser().get("/guarded/", headers={"Authorization": f"Bearer {raw}"})


@pytest.fixture
def lines() -> Iterator[dict[str, io.StringIO]]:
    """What is logged at the lowest level, before our formatter looks at it and as it is written."""
    said = {"raw": io.StringIO(), "written": io.StringIO()}
    handlers = [logging.StreamHandler(said["raw"]), logging.StreamHandler(said["written"])]
    handlers[1].setFormatter(Redacting("%(levelname)s %(name)s %(message)s"))
    root, before = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    for handler in handlers:
        root.addHandler(handler)
    yield said
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.promise("S-093", "S-094", "S-177")
def test_token_code_and_secret_leave_the_service_once_and_are_kept_nowhere(
    as_alice: Browser, alice: User, lines: dict[str, io.StringIO]
) -> None:
    tool = Tool(method="client_secret_post")
    secret = tool.register()["client_secret"]
    code = tool.consent(as_alice)["code"]
    wrong = [tool.exchange(code, code_verifier="w" * 50), tool.exchange(code, client_secret=secret[:-1])]
    raw = tool.exchange(code).json()["access_token"]
    seen: list[Any] = [
        *wrong,
        tool.exchange(code),
        asked_with(raw),
        asked_with(raw + "x"),
        Browser(raise_request_exception=False).get("/guarded/?fall", headers={"Authorization": f"Bearer {raw}"}),
        as_alice.get(PAGE),
        as_alice.get("/settings/activity/"),
        as_alice.post("/settings/activity/export/", {"form": "json"}),
        as_alice.get(tool.request()),
    ]
    assert [answer.status_code for answer in seen] == [400, 401, 400, 200, 401, 500, 200, 200, 200, 200]
    told = {
        "database": dump(),
        "log": lines["written"].getvalue(),
        **{f"page {number}": answer.content.decode() for number, answer in enumerate(seen)},
    }
    for given in (raw, code, secret):
        assert len(given) == 47
        assert {name for name, text in told.items() if traces(given, text)} == set()
        before_the_formatter = re.sub(r"no luck with \S+", "", lines["raw"].getvalue())
        assert not traces(given, before_the_formatter), "only an error that quotes the token has it before the formatter"
    assert "RuntimeError" in told["log"]
    for kept in (hashlib.sha256(raw.encode()).hexdigest(), raw[:8], hashlib.sha256(secret.encode()).hexdigest()):
        assert kept in told["database"]
    assert "token" not in {field.column for field in AccessToken._meta.concrete_fields}


@pytest.mark.promise("S-096")
def test_a_token_is_good_for_ninety_days_however_much_it_is_used(as_alice: Browser) -> None:
    now = clock.now()
    with clock.frozen(now):
        tool = Tool()
        tool.register()
        told = tool.exchange(tool.consent(as_alice)["code"]).json()
    raw = told["access_token"]
    assert told["expires_in"] == 7_776_000
    for day in (0, 30, 89):
        with clock.frozen(now + dt.timedelta(days=day, hours=23, minutes=59)):
            assert asked_with(raw).status_code == 200
    with clock.frozen(now + dt.timedelta(days=90, minutes=1)):
        answer = asked_with(raw)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert f'resource_metadata="{places.resource_metadata()}"' in answer.headers["WWW-Authenticate"]
    assert 'scope="full_access"' in answer.headers["WWW-Authenticate"]


@pytest.mark.promise("S-097")
def test_nothing_renews_a_token_but_a_person(alice: User) -> None:
    person, tool = Browser(), Tool()
    person.force_login(alice)
    server = tool.discover()
    assert server["grant_types_supported"] == ["authorization_code"]
    assert "refresh_token" not in str(server)
    told = tool.register()
    assert "refresh_token" not in str(told)
    answer = tool.exchange(tool.consent(person)["code"]).json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    for token in (answer["access_token"], "anything"):
        refused = tool.http.post(
            "/oauth/token", {"grant_type": "refresh_token", "refresh_token": token, "client_id": tool.client_id}
        )
        assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")
    with clock.moved(dt.timedelta(days=90)):
        person.force_login(alice)
        assert recognising.recognise(answer["access_token"]) is None
        assert person.get(tool.request(prompt="none", approval_prompt="auto")).status_code == 200, "a page that asks, and no code"
        assert not Grant.objects.exists()
        assert tool.exchange(tool.consent(person)["code"]).status_code == 200


@pytest.mark.promise("S-098")
def test_a_token_is_revoked_in_settings_and_the_next_call_is_refused(as_alice: Browser, alice: User, charlie: User) -> None:
    desk, shelf = a_client("Drafting Desk"), a_client("Reading Shelf")
    (first, raw), (_, second), (_, third) = a_token(alice, desk), a_token(alice, desk), a_token(alice, shelf)
    _, of_charlie = a_token(charlie, desk)
    page = as_alice.get(PAGE).content.decode()
    for told in (
        "Drafting Desk",
        "Reading Shelf",
        raw[:8],
        second[:8],
        f"{first.created:%-d %b %Y}",
        f"{first.expires:%-d %b %Y}",
    ):
        assert told in page
    assert of_charlie[:8] not in page
    assert asked_with(raw).status_code == 200
    assert recognising.still_valid(first.pk), "a stream that is open"
    assert as_alice.post(f"{PAGE}{first.pk}/revoke/").status_code == 303
    assert asked_with(raw).status_code == 401
    assert not recognising.still_valid(first.pk)
    assert [asked_with(other).status_code for other in (second, third, of_charlie)] == [200, 200, 200]
    assert as_alice.post(f"{PAGE}{desk.pk}/disconnect/").status_code == 303
    assert [asked_with(other).status_code for other in (second, third, of_charlie)] == [401, 200, 200]
    events = AuditEvent.objects.visible_to(alice).filter(action="tool.revoked")
    assert [(event.label, event.means) for event in events] == [("Drafting Desk", "session")] * 2


def test_nobody_revokes_what_is_anothers(as_alice: Browser, charlie: User) -> None:
    row, raw = a_token(charlie)
    assert as_alice.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert as_alice.post(f"{PAGE}{row.application.pk}/disconnect/").status_code == 404
    assert as_alice.get(f"{PAGE}{row.pk}/revoke/").status_code == 405
    assert recognising.recognise(raw) is not None


def test_disconnecting_takes_a_code_that_is_on_its_way(as_alice: Browser) -> None:
    tool = Tool()
    tool.connect(as_alice)
    code = tool.consent(as_alice)["code"]
    as_alice.post(f"{PAGE}{Client.objects.get().pk}/disconnect/")
    assert tool.exchange(code).json()["error"] == "invalid_grant"


def test_revoking_twice_is_revoking_once(alice: User) -> None:
    row, _ = a_token(alice)
    assert connecting.revoke(row, actor=alice)
    assert not connecting.revoke(row, actor=alice)
    assert AuditEvent.objects.filter(action="tool.revoked").count() == 1


def test_at_night_what_is_over_goes_and_what_is_used_stays(alice: User) -> None:
    now = clock.now()
    assert "api.sweep_tools" in NIGHTLY
    with clock.frozen(now - dt.timedelta(days=90)):
        over, _ = a_token(alice, a_client("Over"))
        Client.objects.update(last_authorised_at=clock.now())
    with clock.frozen(now - dt.timedelta(days=8)):
        a_client("Never let in")
        young, _ = a_token(alice, a_client("In use"))
    with clock.frozen(now):
        a_client("New")
        sweep_tools()
        assert list(AccessToken.objects.all()) == [young]
        assert sorted(Client.objects.values_list("name", flat=True)) == ["In use", "New", "Over"]
        event = AuditEvent.objects.get(action="tool.expired")
        assert (event.label, event.about, event.actor) == ("Over", over.pk, None)
    with clock.frozen(now + dt.timedelta(days=91)):
        registering.sweep()
        assert sorted(Client.objects.values_list("name", flat=True)) == ["In use"]


def test_the_challenge_blames_nobody_who_sent_nothing() -> None:
    assert places.challenge() == (
        f'Bearer scope="full_access", resource_metadata="{places.issuer()}/.well-known/oauth-protected-resource/mcp"'
    )
