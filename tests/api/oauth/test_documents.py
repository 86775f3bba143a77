"""A tool that is known by the address of its description: fetched with suspicion, shown with the host that vouches for it."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from accounts.models import User
from api.models import AccessToken, Client
from api.oauth import documents
from api.oauth.rules import registration
from ground import clock, egress
from tests.api.oauth.tool import Tool

pytestmark = pytest.mark.django_db


@dataclass
class Maker:
    """Who serves a description; the test changes what and how."""

    port: int
    said: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    seconds: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def client_id(self) -> str:
        return f"https://127.0.0.1:{self.port}/tools/desk.json"


@pytest.fixture
def maker(settings: Settings, tmp_path: Path) -> Iterator[Maker]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    class Peer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append({"path": self.path} | {name.lower(): value for name, value in self.headers.items()})
            time.sleep(made.seconds)
            body = made.body if made.body is not None else json.dumps(made.said).encode()
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    made = Maker(server.server_address[1])
    made.said = {
        "client_id": made.client_id,
        "client_name": "Drafting Desk",
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }
    settings.EGRESS_ALLOW, settings.EGRESS_CA = [f"127.0.0.1:{made.port}"], str(tmp_path / "ca.pem")
    settings.TOOL_DOCUMENT_SECONDS = 2.0
    yield made
    server.shutdown()
    server.server_close()


def a_tool(maker: Maker, port: int = 55564) -> Tool:
    return Tool(client_id=maker.client_id, callback=f"http://localhost:{port}/callback")


def refused(person: Browser, tool: Tool) -> str:
    answer = person.get(tool.request())
    assert answer.status_code == 400
    assert not Client.objects.filter(client_id=tool.client_id).exists()
    return answer.content.decode()


def test_it_is_connected_from_any_port_of_localhost(as_alice: Browser, maker: Maker) -> None:
    tool = a_tool(maker)
    page = as_alice.get(tool.request()).content.decode()
    assert f"127.0.0.1:{maker.port}" in page
    assert "localhost:55564" in page
    assert "a program on your own computer" in page
    answer = tool.exchange(tool.consent(as_alice)["code"])
    assert answer.status_code == 200
    assert AccessToken.objects.get().application.client_id == maker.client_id


def test_its_maker_learns_nothing_about_the_person(as_alice: Browser, maker: Maker) -> None:
    as_alice.get(a_tool(maker).request())
    (asked,) = maker.asked
    assert asked["path"] == "/tools/desk.json"
    assert set(asked) <= {"path", "host", "accept", "accept-encoding", "connection", "user-agent"}


def test_the_description_is_fetched_again_when_its_time_is_over(as_alice: Browser, maker: Maker) -> None:
    maker.headers["Cache-Control"] = "public, max-age=600"
    now = clock.now()
    for seconds, times in ((0, 1), (599, 1), (601, 2)):
        with clock.frozen(now + _seconds(seconds)):
            assert as_alice.get(a_tool(maker).request()).status_code == 200
        assert len(maker.asked) == times


def _seconds(number: float) -> dt.timedelta:
    return dt.timedelta(seconds=number)


def test_what_the_maker_takes_back_is_refused(as_alice: Browser, maker: Maker) -> None:
    maker.headers["Cache-Control"] = "no-store"
    now = clock.now()
    with clock.frozen(now):
        assert as_alice.get(a_tool(maker).request()).status_code == 200
    maker.said["redirect_uris"] = ["https://desk.example/callback"]
    with clock.frozen(now + _seconds(301)):
        assert as_alice.get(a_tool(maker).request()).status_code == 400
    maker.status = 404
    with clock.frozen(now + _seconds(602)):
        assert as_alice.get(a_tool(maker).request()).status_code == 400


def test_a_maker_who_is_away_for_an_hour_does_not_lock_people_out(alice: User, maker: Maker) -> None:
    now = clock.now()
    with clock.frozen(now):
        known = documents.resolve(maker.client_id, by=alice)
    maker.status = 503
    with clock.frozen(now + _seconds(86_400 + 3600)):
        assert documents.resolve(maker.client_id, by=alice) == known
    with clock.frozen(now + _seconds(3 * 86_400)), pytest.raises(documents.NoClient, match="the answer was 503"):
        documents.resolve(maker.client_id, by=alice)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"client_id": "https://claude.example/desk.json"}, "client_id is not the address"),
        ({"client_id": None}, "client_id is not the address"),
        ({"client_secret": "x"}, "holds a client_secret"),
        ({"client_secret_expires_at": 0}, "holds a client_secret"),
        ({"client_name": ""}, "must hold a client_name"),
        ({"client_name": "\u202e\u200b"}, "must hold a client_name"),
        ({"redirect_uris": []}, "redirect_uris must be"),
        ({"redirect_uris": ["http://evil.example/cb"]}, "An address of redirect_uris must begin"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "must be none"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method must be"),
        ({"grant_types": ["implicit"]}, "grant_types must hold"),
    ],
    ids=str,
)
def test_a_description_that_lies_or_asks_too_much_is_refused(
    as_alice: Browser, maker: Maker, changed: dict[str, Any], why: str
) -> None:
    maker.said |= changed
    assert why in refused(as_alice, a_tool(maker))


def test_a_description_that_is_none_is_refused(as_alice: Browser, maker: Maker) -> None:
    for body, why in (
        (b"no json", "no JSON"),
        (b"[]", "must be a JSON object"),
        (b"[" * 9000, "no JSON"),
        (b"x" * 17_000, "too long"),
    ):
        maker.body = body
        assert why in refused(as_alice, a_tool(maker))
    maker.body, maker.headers = None, {"Content-Type": "text/html"}
    assert "not sent as JSON" in refused(as_alice, a_tool(maker))
    maker.headers = {"Content-Type": "application/json", "Location": "/tools/desk.json"}
    for status in (301, 404, 500):
        maker.status = status
        assert f"the answer was {status}" in refused(as_alice, a_tool(maker))


def test_a_slow_description_is_not_waited_for(as_alice: Browser, maker: Maker, settings: Settings) -> None:
    settings.TOOL_DOCUMENT_SECONDS, maker.seconds = 0.3, 1.5
    began = time.monotonic()
    assert "could not be fetched" in refused(as_alice, a_tool(maker))
    assert time.monotonic() - began < 1.4


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "192.168.1.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
     "168.63.129.16", "0.0.0.0", "2130706433", "0x7f000001"],
)  # fmt: skip
def test_no_description_is_fetched_from_inside(as_alice: Browser, host: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    client_id = f"https://{host}/desk.json"
    page = refused(as_alice, Tool(client_id=client_id))
    assert "may not be called" in page or "could not be fetched" in page


@pytest.mark.parametrize(
    "client_id",
    ["http://desk.example/desk.json", "https://desk.example", "https://desk.example/", "https://desk.example/a/../b",
     "https://desk.example/a/%2e%2E/b", "https://user@desk.example/a", "https://desk.example/a#b", "https://desk.example:99999/a",
     "https:///a", "HTTPS://desk.example/a", "https://desk.example/a b", "https://desk.example/" + "a" * 300],
)  # fmt: skip
def test_no_description_stands_at_such_an_address(as_alice: Browser, client_id: str) -> None:
    assert "address that cannot be used" in refused(as_alice, Tool(client_id=client_id))


def test_nobody_has_descriptions_fetched_without_signing_in(client: Browser, maker: Maker) -> None:
    tool = a_tool(maker)
    assert client.get(tool.request()).status_code == 302
    assert tool.exchange("ssc_" + "a" * 43).status_code == 401
    assert tool.http.post("/oauth/revoke", {"token": "x", "client_id": tool.client_id}).status_code == 401
    assert maker.asked == []


def test_one_person_has_few_descriptions_fetched(as_alice: Browser, alice: User, maker: Maker, settings: Settings) -> None:
    settings.TOOL_DOCUMENTS = 2
    maker.status = 500
    for _ in range(3):
        answer = as_alice.get(a_tool(maker).request())
    assert "Many tools were looked up" in answer.content.decode()
    assert len(maker.asked) == 2


def test_whom_we_call_is_declared() -> None:
    assert documents.PARTY in egress.declared()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", 86_400), ("max-age=600", 600), ("max-age=1", 300), ("public, MAX-AGE=99999999", 86_400), ("no-store, max-age=600", 300),
     ("s-maxage=7", 86_400), ('max-age="900"', 900), ("x-max-age=7", 86_400)],
)  # fmt: skip
def test_a_description_is_believed_for_as_long_as_it_says_within_reason(said: str, seconds: int) -> None:
    assert registration.max_age_of(said, least=300, most=86_400) == seconds
