"""A provider that is down, slow or odd: one page, a bounded time, nothing half written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent, Photo, Session, User
from tests.sign_in.conftest import SignIn
from tests.sign_in.peer import OBJECT, TENANT, Peer

pytestmark = pytest.mark.django_db

Fault = Callable[[Any], None]


def says(status: int, body: bytes, content_type: str = "application/json") -> Fault:
    return lambda handler: handler.say_bytes(status, content_type, body)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte at a time, each soon enough for any limit between two bytes."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(400):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.05)


def is_silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(12)


def nothing_is_written(answer: Any) -> None:
    assert answer.status_code == 401
    assert "The sign-in did not work" in answer.content.decode()
    assert answer.browser.get("/settings/").status_code == 302
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()
    assert not Photo.objects.exists()


FAULTS: dict[str, Fault] = {
    "down": hangs_up,
    "500": says(500, b"{}"),
    "redirect": says(302, b""),
    "a page": says(200, b"<html>Sign in</html>", "text/html"),
    "nothing": says(200, b""),
    "a list": says(200, b"[]"),
    "null": says(200, b"null"),
    "a number": says(200, b"7"),
    "no utf-8": says(200, b"\xff\xfe\x00"),
    "nested": says(200, b"[" * 100_000),
    "huge": says(200, b'{"a": "' + b"x" * 400_000 + b'"}'),
    "an error that says 200": says(200, json.dumps({"error": "bad_verification_code"}).encode()),
    "a token of another kind": says(200, json.dumps({"access_token": {"a": 1}, "id_token": 7}).encode()),
    "a token that breaks headers": says(200, json.dumps({"access_token": "a\r\nx: y", "id_token": "a.b.c"}).encode()),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", ["google", "github", "microsoft"])
def test_an_odd_token_endpoint(sign_in: SignIn, peer: Peer, provider: str, fault: str) -> None:
    peer.fault[f"{provider} token"] = FAULTS[fault]
    nothing_is_written(sign_in(provider))


@pytest.mark.parametrize(
    ("route", "fault"),
    [("user", fault) for fault in FAULTS]
    # An empty list is a proper answer there, and null counts as one.
    + [("emails", fault) for fault in FAULTS if fault not in ("a list", "null")],
)
def test_an_odd_api(sign_in: SignIn, peer: Peer, route: str, fault: str) -> None:
    peer.fault[f"github {route}"] = FAULTS[fault]
    nothing_is_written(sign_in("github"))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": None}, {"sub": 5}, {"sub": ""}, {"sub": "a" * 300}, {"sub": "a\nb"},
        {"aud": "another"}, {"iss": "https://evil.example"},
        {"exp": 1}, {"exp": "soon"}, {"exp": None}, {"exp": float("inf")},
    ],
)  # fmt: skip
def test_an_id_token_that_does_not_hold(sign_in: SignIn, peer: Peer, claims: dict[str, Any]) -> None:
    peer.google |= claims
    nothing_is_written(sign_in("google"))


@pytest.mark.parametrize("claims", [{"tid": "x"}, {"oid": None}, {"iss": f"https://evil.example/{TENANT}/v2.0"}, {"tid": OBJECT}])
def test_a_token_of_another_issuer_than_the_tenant(sign_in: SignIn, peer: Peer, claims: dict[str, Any]) -> None:
    peer.microsoft |= claims
    nothing_is_written(sign_in("microsoft"))


def test_another_tenant_than_the_one_that_is_set(sign_in: SignIn, settings: Settings, peer: Peer) -> None:
    """The token answers for a tenant of its own choice; with one tenant set, only that one counts."""
    settings.MICROSOFT_TENANT = "common"
    assert sign_in("microsoft").status_code == 302
    from accounts.oauth import MicrosoftAdapter
    from accounts.rules.claims import Unreadable

    settings.MICROSOFT_TENANT = OBJECT
    with pytest.raises(Unreadable):
        MicrosoftAdapter.claims(object.__new__(MicrosoftAdapter), "client-1", "t", {"id_token": Peer.signed(_of(peer))})


def _of(peer: Peer) -> dict[str, Any]:
    return {"iss": f"{peer.url}/microsoft/{TENANT}/v2.0", "tid": TENANT} | peer.microsoft


@pytest.mark.parametrize("lie", [-5, 10**30, "for ever", None, {}])
def test_a_lie_about_expiry_changes_nothing(sign_in: SignIn, peer: Peer, lie: Any) -> None:
    peer.token_extra = {"expires_in": lie}
    assert sign_in("github").status_code == 302


@pytest.mark.parametrize("name", ["A\x00da\nByron", "A" * 5000, "", None, 7, "  Ada\u202e Byron "])
def test_an_odd_name_is_shown_as_one_line(sign_in: SignIn, peer: Peer, name: Any) -> None:
    peer.google["name"] = name
    assert sign_in("google").status_code == 302
    shown = User.objects.get().display_name
    assert len(shown) <= 150
    assert shown.isprintable()


@pytest.mark.parametrize("fault", [drips, is_silent])
@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_a_slow_provider_is_left_in_time(sign_in: SignIn, peer: Peer, settings: Settings, provider: str, fault: Fault) -> None:
    assert settings.SIGN_IN_SECONDS <= 10
    settings.SIGN_IN_SECONDS = 0.6
    peer.fault[f"{provider} token"] = fault
    begun = time.monotonic()
    nothing_is_written(sign_in(provider))
    assert time.monotonic() - begun < 6


@pytest.mark.parametrize("fault", [drips, hangs_up, FAULTS["500"], FAULTS["a page"]])
def test_graph_never_breaks_a_sign_in(sign_in: SignIn, peer: Peer, settings: Settings, fault: Fault) -> None:
    settings.SIGN_IN_SECONDS = 1.6
    peer.fault["microsoft photo"] = fault
    assert sign_in("microsoft").headers["Location"] == "/packages/"
    assert not Photo.objects.exists()


def test_a_host_that_may_not_be_called_is_a_failed_sign_in(sign_in: SignIn, peer: Peer, settings: Settings) -> None:
    peer.fault["google token"] = FAULTS["500"]
    settings.GOOGLE_TOKEN_URL = "https://127.0.0.2/token"
    nothing_is_written(sign_in("google"))
    assert "POST /google/token" not in peer.seen


def test_a_way_back_that_nobody_began(client: Client, peer: Peer) -> None:
    for query in ("", "?code=a&state=b", "?error=server_error&state=b"):
        assert client.get(f"/accounts/google/login/callback/{query}").status_code == 401
    assert client.post("/accounts/google/login/callback/").status_code == 405
    assert peer.seen == []


def test_a_way_back_is_good_once_and_in_the_same_browser_only(sign_in: SignIn, client: Client) -> None:
    answer = sign_in("google")
    used = answer.wsgi_request.get_full_path()
    assert client.get(used).status_code == 401
    assert answer.browser.get(used).status_code == 401


def test_who_stops_at_the_provider_reads_that_nothing_was_stored(client: Client, peer: Peer) -> None:
    there = client.post("/accounts/google/login/").headers["Location"]
    state = there.split("state=")[1].split("&")[0]
    answer = client.get(f"/accounts/google/login/callback/?error=access_denied&state={state}", follow=True)
    assert "You did not sign in" in answer.content.decode()


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(sign_in: SignIn, after: str) -> None:
    assert sign_in("google", after=after).headers["Location"] == "/interviews/"


@pytest.mark.parametrize("address", [
    "/accounts/google/login/", "/accounts/github/login/", "/accounts/microsoft/login/", "/sign-out/",
    "/settings/sign-in/sessions/end-others/", "/settings/sign-in/1/unlink/",
])  # fmt: skip
def test_every_form_needs_its_token(alice: User, address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(address).status_code == 403


def test_a_link_elsewhere_cannot_begin_a_sign_in(client: Client, peer: Peer) -> None:
    assert client.get("/accounts/google/login/").headers["Location"] == "/sign-in/"


def test_a_thousand_attempts_are_turned_away_fast(client: Client, peer: Peer, settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS = 60
    statuses, times = [], [time.monotonic()]
    for _ in range(1000):
        statuses.append(client.post("/accounts/google/login/", REMOTE_ADDR="192.0.2.7").status_code)
        times.append(time.monotonic())
    assert median(after - before for before, after in pairwise(times[-900:])) < 0.05
    filled = (times[-1] - times[0]) / 5
    assert 60 <= statuses.count(302) <= 61 + filled, "the bucket fills by one every five seconds"
    assert statuses.count(302) + statuses.count(429) == 1000
    refused = client.post("/accounts/google/login/", REMOTE_ADDR="192.0.2.7")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Too many sign-ins from here" in refused.content.decode()
    assert client.post("/accounts/google/login/", REMOTE_ADDR="192.0.2.8").status_code == 302
    assert client.get("/sign-in/").status_code == 200
    assert Session.objects.count() == 1, "one browser leaves one row, however often it tries"


def test_one_network_of_ipv6_is_one_caller(client: Client, peer: Peer, settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS = 1
    assert client.post("/accounts/google/login/", REMOTE_ADDR="2001:db8::1").status_code == 302
    assert client.post("/accounts/google/login/", REMOTE_ADDR="2001:db8::2").status_code == 429


def test_a_failure_while_linking_is_recorded(sign_in: SignIn, peer: Peer) -> None:
    browser = sign_in("google").browser
    peer.fault["github token"] = FAULTS["500"]
    assert sign_in("github", client=browser, process="connect").status_code == 401
    assert AuditEvent.objects.get(action="session.failed").actor == User.objects.get()
    assert browser.get("/settings/").status_code == 200
