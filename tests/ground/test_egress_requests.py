"""Libraries that bring requests go the same way out, under the same rules."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from pytest_django.fixtures import Settings

from ground import egress


class Peer(BaseHTTPRequestHandler):
    seen: list[str]

    def do_GET(self) -> None:
        type(self).seen.append(f"{self.path} {self.headers['host']} {self.headers['accept-encoding']} {self.headers['cookie']}")
        body = gzip.compress(b"x" * 200_000) if self.path == "/packed" else b"x" * (2048 if self.path == "/large" else 5)
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("set-cookie", "a=b")
        if self.path == "/elsewhere":
            self.send_header("location", "/seen")
        if self.path == "/packed":
            self.send_header("content-encoding", "gzip")
        if self.path not in ("/large", "/drip"):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        for _ in range(100 if self.path == "/drip" else 0):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def peer(settings: Settings) -> Iterator[str]:
    Peer.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EGRESS_ALLOW = [f"127.0.0.1:{server.server_address[1]}", "rebind.test"]
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def parties() -> Iterator[None]:
    before = dict(egress._parties)
    egress.declare(egress.Party("Loopback", ("tests",), "nothing", lambda: ["127.0.0.1", "rebind.test"]))
    egress.declare(egress.Party("Anywhere", ("webhooks",), "ids", None))
    yield
    egress._parties.clear()
    egress._parties.update(before)


def session(**options: Any) -> requests.Session:
    return egress.requests_session(party="Loopback", purpose="tests", **options)


def test_it_calls_what_a_setting_allows_without_cookies_and_redirects(peer: str) -> None:
    with session() as out:
        assert out.get(f"{peer}/seen").text == "xxxxx"
        assert out.get(f"{peer}/elsewhere").status_code == 302
    host = peer.removeprefix("http://")
    assert Peer.seen == [f"/seen {host} identity None", f"/elsewhere {host} identity None"]


def test_a_private_address_is_not_called(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    with session() as out, pytest.raises(egress.EgressRefused, match="https only"):
        out.get(peer)
    with session() as out, pytest.raises(egress.EgressRefused, match="may not be called"):
        out.get(peer.replace("http://", "https://"))
    assert Peer.seen == []


def test_another_host_party_or_purpose_is_not_called(peer: str) -> None:
    with session() as out, pytest.raises(egress.EgressRefused, match="not an address of"):
        out.get("https://example.org/")
    with pytest.raises(egress.EgressRefused, match="not declared"):
        egress.requests_session(party="Loopback", purpose="advertising")


def test_what_a_library_mounts_or_switches_off_changes_nothing(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    with session() as out:
        out.mount("https://", requests.adapters.HTTPAdapter())
        with pytest.raises(egress.EgressRefused, match="may not be called"):
            out.get(peer.replace("http://", "https://"))
        with pytest.raises(egress.EgressRefused, match="always verified"):
            out.get("https://127.0.0.1/", verify=False)


def test_proxies_of_the_environment_are_not_used(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    with session() as out:
        assert out.get(peer, proxies={"http": "http://127.0.0.1:9/"}).text == "xxxxx"


@pytest.mark.parametrize("path", ["/announced", "/large", "/packed"])
def test_it_stops_reading_at_the_cap(peer: str, path: str) -> None:
    with session(max_answer_bytes=4 if path == "/announced" else 1000) as out, pytest.raises(egress.AnswerTooLarge):
        out.get(peer + path)
    with session() as out:
        assert out.get(peer + path, stream=True).raw.read(decode_content=True).startswith(b"xxxxx")


def test_an_answer_that_drips_is_cut_when_its_time_is_over(peer: str) -> None:
    begun = time.monotonic()
    with session(seconds=0.3) as out, pytest.raises(requests.RequestException):
        out.get(f"{peer}/drip")
    assert time.monotonic() - begun < 2


def test_it_connects_to_the_address_it_checked(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently a moment later (DNS rebinding) changes nothing."""
    real, answers = socket.getaddrinfo, iter(["127.0.0.1"])

    def resolve(host: str, *args: Any, **options: Any) -> Any:
        return real(next(answers) if host == "rebind.test" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with session() as out:
        assert out.get(peer.replace("127.0.0.1", "rebind.test")).text == "xxxxx"
    assert Peer.seen[0].startswith("/ rebind.test:")


def test_a_name_without_an_address_is_a_connection_fault() -> None:
    with (
        egress.requests_session(party="Anywhere", purpose="webhooks") as out,
        pytest.raises(requests.ConnectionError, match="no address"),
    ):
        out.get("https://name.invalid/")
