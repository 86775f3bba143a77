from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
import requests
import trustme
from pytest_django.fixtures import Settings

from ground import addresses, egress
from ground.errors import NotConfigured


class Peer(BaseHTTPRequestHandler):
    seen: list[str]
    encodings: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("location", "/seen")
            self.end_headers()
            return
        type(self).encodings.append(self.headers.get("accept-encoding"))
        body = gzip.compress(bytes(10_000_000)) if self.path == "/packed" else b"x" * (2048 if self.path == "/large" else 5)
        self.send_response(200)
        if self.path == "/packed":
            self.send_header("content-encoding", "gzip")
        if self.path != "/large":
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def peer(settings: Settings) -> Iterator[str]:
    Peer.seen, Peer.encodings = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def parties() -> Iterator[None]:
    before = dict(egress._parties)
    egress.declare(egress.Party("Loopback", ("tests",), "nothing", lambda: ["127.0.0.1", "localhost"]))
    egress.declare(egress.Party("Anywhere", ("webhooks",), "ids", None))
    yield
    egress._parties.clear()
    egress._parties.update(before)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "168.63.129.16", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fd00:ec2::254",
        "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:168.63.129.16", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1", "::7f00:1",
    ],
)  # fmt: skip
def test_it_refuses_addresses_that_are_not_the_public_internet(address: str) -> None:
    assert addresses.why_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "140.82.121.4", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_it_accepts_public_addresses(address: str) -> None:
    assert addresses.why_refused(ipaddress.ip_address(address)) == ""


def test_it_knows_the_addresses_of_this_machine() -> None:
    own = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    assert all(addresses.why_refused(ipaddress.ip_address(str(address).partition("%")[0])) for address in own)


def test_it_refuses_a_private_address_and_sends_nothing(peer: str) -> None:
    with egress.client(party="Anywhere", purpose="webhooks") as client, pytest.raises(egress.EgressRefused):
        client.get(peer)
    assert Peer.seen == []


def test_it_calls_a_private_address_that_a_setting_allows(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = [peer.removeprefix("http://")]
    with egress.client(party="Loopback", purpose="tests") as client:
        assert client.get(peer).text == "xxxxx"


def test_the_allowance_is_for_one_port_only(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:1"]
    with egress.client(party="Loopback", purpose="tests") as client, pytest.raises(egress.EgressRefused):
        client.get(peer)


def test_it_refuses_a_host_that_is_not_the_partys(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1", "127.0.0.2"]
    with (
        egress.client(party="Loopback", purpose="tests") as client,
        pytest.raises(egress.EgressRefused, match="not an address of"),
    ):
        client.get(peer.replace("127.0.0.1", "127.0.0.2"))
    assert Peer.seen == []


@pytest.mark.parametrize(("party", "purpose"), [("Nobody", "tests"), ("Loopback", "advertising")])
def test_it_refuses_what_is_not_declared(party: str, purpose: str) -> None:
    with pytest.raises(egress.EgressRefused, match="not declared"):
        egress.client(party=party, purpose=purpose)


def test_it_asks_for_https() -> None:
    with egress.client(party="Anywhere", purpose="webhooks") as client, pytest.raises(egress.EgressRefused, match="https only"):
        client.get("http://example.org/")
    with pytest.raises(egress.EgressRefused, match="https only"):
        egress.check("ftp://example.org/", party="Anywhere", purpose="webhooks")


def test_it_refuses_credentials_in_an_address() -> None:
    with pytest.raises(egress.EgressRefused, match="user name or password"):
        egress.check("https://user:word@example.org/", party="Anywhere", purpose="webhooks")


def test_it_does_not_follow_redirects(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with egress.client(party="Loopback", purpose="tests") as client:
        assert client.get(peer + "/elsewhere").status_code == 302
    assert Peer.seen == ["/elsewhere"]


def test_it_stops_reading_at_the_cap(peer: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with egress.client(party="Loopback", purpose="tests", max_answer_bytes=1000) as client, pytest.raises(egress.AnswerTooLarge):
        client.get(peer + "/large")
    with egress.client(party="Loopback", purpose="tests", max_answer_bytes=4) as client, pytest.raises(egress.AnswerTooLarge):
        client.get(peer + "/announced")


def test_a_packed_answer_that_nobody_asked_for_is_not_unpacked(peer: str, settings: Settings) -> None:
    """Ten megabytes in ten kilobytes: the cap counts what is on the wire."""
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with egress.client(party="Loopback", purpose="tests") as client, pytest.raises(httpx2.DecodingError, match="packed"):
        client.get(f"{peer}/packed", headers={"accept-encoding": "gzip"})

    async def beside() -> None:
        async with egress.async_client(party="Loopback", purpose="tests") as client:
            with pytest.raises(httpx2.DecodingError, match="packed"):
                await client.get(f"{peer}/packed")

    asyncio.run(beside())
    assert Peer.encodings == ["identity", "identity"]


def test_it_connects_to_the_address_it_checked(peer: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently a moment later (DNS rebinding) changes nothing."""
    settings.EGRESS_ALLOW = ["rebind.test"]
    egress.declare(egress.Party("Rebinding", ("tests",), "nothing", lambda: ["rebind.test"]))
    real, answers = socket.getaddrinfo, iter(["127.0.0.1"])

    def resolve(host: str, *args: Any, **options: Any) -> Any:
        return real(next(answers) if host == "rebind.test" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with egress.client(party="Rebinding", purpose="tests") as client:
        assert client.get(peer.replace("127.0.0.1", "rebind.test")).text == "xxxxx"


def test_a_name_without_an_address_is_a_connection_fault() -> None:
    with egress.client(party="Anywhere", purpose="webhooks") as client, pytest.raises(httpx2.ConnectError):
        client.get("https://name.invalid/")


def test_an_authority_of_the_operators_own_is_believed_once_it_is_named(settings: Settings, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    Peer.seen, Peer.encodings = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    address = f"https://127.0.0.1:{server.server_address[1]}/seen"
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        egress.client(party="Loopback", purpose="tests").get(address)
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        egress.requests_session(party="Loopback", purpose="tests").get(address)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EGRESS_CA = str(tmp_path / "ca.pem")
    assert egress.client(party="Loopback", purpose="tests").get(address).status_code == 200
    assert egress.requests_session(party="Loopback", purpose="tests").get(address).status_code == 200
    settings.EGRESS_CA = str(tmp_path / "missing.pem")
    with pytest.raises(NotConfigured, match="SPECSTEP_EGRESS_CA"):
        egress.client(party="Loopback", purpose="tests")
    server.shutdown()
    server.server_close()


class Dripping(socketserver.BaseRequestHandler):
    """Sends one header after the other and never comes to an end."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.recv(4096)
            self.request.sendall(b"HTTP/1.1 200 OK\r\n")
            for number in range(1000):
                self.request.sendall(f"x-{number}: y\r\n".encode())
                time.sleep(0.05)


def test_a_call_is_over_in_its_time_however_the_other_side_drips(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    begun = time.monotonic()
    with egress.client(party="Loopback", purpose="tests") as client, egress.within(0.4), pytest.raises(httpx2.ReadTimeout):
        client.get(f"http://127.0.0.1:{server.server_address[1]}/")
    assert time.monotonic() - begun < 2
    server.shutdown()
    server.server_close()


def test_a_name_server_that_is_silent_takes_no_longer_than_the_call_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: time.sleep(3))
    begun = time.monotonic()
    with egress.within(0.3), pytest.raises(httpx2.ConnectTimeout):
        egress.check("https://slow.test/", party="Anywhere", purpose="webhooks")
    assert time.monotonic() - begun < 2
