"""Azure Communication Services (over TLS, as it insists on) and Twilio on loopback. Every request that breaks their rules is a
complaint, and a complaint fails the test at its end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import trustme
from pytest_django import Settings

from ground import clock

ACS_KEY = base64.b64encode(b"a key of nobody, for the peer on loopback").decode()
SID, TOKEN = "AC" + "0" * 32, "twilio-token-of-nobody"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass
class Fault:
    """What it does once instead of answering as it should."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    silence: float = 0.0
    """Seconds before the connection ends without an answer; the message was taken all the same."""
    untaken: bool = False
    """With ``silence`` 0 and no status: it hangs up before it has taken anything."""


@dataclass
class CarrierPeer:
    url: str = ""
    mails: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the mails it took, each once."""
    sms: list[dict[str, Any]] = field(default_factory=list)
    """``to``, ``text`` and ``id`` of every SMS it took, each once."""
    calls: int = 0
    faults: list[Fault] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    @property
    def texts(self) -> list[str]:
        return [sms["text"] for sms in self.sms]


def _answering(peer: CarrierPeer, take: Callable[[Any, bytes], tuple[int, dict[str, Any]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            peer.calls += 1
            body = self.rfile.read(int(self.headers["content-length"]))
            fault = peer.faults.pop(0) if peer.faults else None
            if fault is not None and fault.status:
                return self.say(fault.status, fault.body, fault.headers)
            try:
                status, answer = (0, {}) if fault is not None and fault.untaken else take(self, body)
            except (AssertionError, KeyError, TypeError, ValueError) as error:
                peer.complaints.append(f"{self.path.partition('?')[0]}: {error!r}")
                return self.say(400, '{"error": {"code": "BadRequest"}}', {})
            if fault is not None:
                time.sleep(fault.silence)
                self.close_connection = True
                return None
            return self.say(status, json.dumps(answer), {})

        def do_GET(self) -> None:
            peer.complaints.append(f"GET {self.path}")
            self.send_error(405)

        def say(self, status: int, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None: ...

    return Handler


def _acs(peer: CarrierPeer) -> Callable[[Any, bytes], tuple[int, dict[str, Any]]]:
    def take(request: Any, raw: bytes) -> tuple[int, dict[str, Any]]:
        _check_signature(request, raw)
        body = json.loads(raw)
        if request.path == "/emails:send?api-version=2025-09-01":
            return mail(body, str(uuid.UUID(request.headers["operation-id"])))
        assert request.path == "/sms?api-version=2021-03-07", request.path
        return text(body)

    def mail(body: dict[str, Any], operation: str) -> tuple[int, dict[str, Any]]:
        known = {"senderAddress", "recipients", "content", "replyTo", "headers", "userEngagementTrackingDisabled"}
        assert set(body) == known, set(body) ^ known
        assert body["senderAddress"] == "donotreply@mail.specstep.example"
        assert list(body["recipients"]) == ["to"]
        assert [list(one) for one in body["recipients"]["to"]] == [["address"]]
        assert set(body["content"]) == {"subject", "plainText", "html"}
        assert all(isinstance(value, str) and value.strip() for value in body["content"].values())
        assert body["content"]["subject"].isprintable(), "a subject of several lines"
        assert body["userEngagementTrackingDisabled"] is True
        assert all(isinstance(value, str) and value.isprintable() for value in body["headers"].values())
        if operation not in peer.taken:
            peer.taken.add(operation)
            peer.mails.append(body | {"id": operation})
        return 202, {"id": operation, "status": "Running", "error": None}

    def text(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert set(body) == {"from", "smsRecipients", "message", "smsSendOptions"}
        assert E164.fullmatch(body["from"])
        (recipient,) = body["smsRecipients"]
        assert set(recipient) == {"to", "repeatabilityRequestId", "repeatabilityFirstSent"}
        assert E164.fullmatch(recipient["to"])
        repeat = str(uuid.UUID(recipient["repeatabilityRequestId"]))
        parsedate_to_datetime(recipient["repeatabilityFirstSent"])
        assert isinstance(body["smsSendOptions"]["enableDeliveryReport"], bool)
        assert 0 < len(body["message"]) <= 2048
        number = f"Outgoing_{repeat}"
        if repeat not in peer.taken:
            peer.taken.add(repeat)
            peer.sms.append(
                {"to": recipient["to"], "text": body["message"], "id": number, "tag": body["smsSendOptions"].get("tag")}
            )
        item = {"to": recipient["to"], "messageId": number, "httpStatusCode": 202, "repeatabilityResult": "accepted"}
        return 202, {"value": [item | {"successful": True}]}

    return take


def _check_signature(request: Any, raw: bytes) -> None:
    """Microsoft, "Authentication": the string to sign is method, path with query, and the signed headers' values."""
    headers = request.headers
    assert headers["content-type"].partition(";")[0] == "application/json"
    assert abs((parsedate_to_datetime(headers["x-ms-date"]) - clock.now()).total_seconds()) < 300, "a date of another time"
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    assert headers["x-ms-content-sha256"] == digest, "the hash is not the body's"
    signed = f"POST\n{request.path}\n{headers['x-ms-date']};{headers['host']};{digest}"
    proof = base64.b64encode(hmac.digest(base64.b64decode(ACS_KEY), signed.encode(), "sha256")).decode()
    wanted = f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={proof}"
    assert headers["authorization"] == wanted, "the signature is wrong"


def _twilio(peer: CarrierPeer) -> Callable[[Any, bytes], tuple[int, dict[str, Any]]]:
    def take(request: Any, raw: bytes) -> tuple[int, dict[str, Any]]:
        assert request.path == f"/2010-04-01/Accounts/{SID}/Messages.json", request.path
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        form = dict(parse_qsl(raw.decode("ascii"), strict_parsing=True))
        assert set(form) in ({"To", "From", "Body"}, {"To", "MessagingServiceSid", "Body"}), set(form)
        assert E164.fullmatch(form["To"])
        assert 0 < len(form["Body"]) <= 1600
        sid = f"SM{uuid.uuid4().hex}"
        peer.sms.append({"to": form["To"], "text": form["Body"], "id": sid, "from": form.get("From", "")})
        return 201, {"sid": sid, "status": "queued", "error_code": None}

    return take


def _running(peer: CarrierPeer, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None) -> Iterator[CarrierPeer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    peer.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    yield peer
    server.shutdown()
    server.server_close()
    assert not peer.complaints, f"Requests broke the carrier's rules: {peer.complaints}"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """A throw-away certificate authority and its file."""
    ca, path = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return ca, path


@pytest.fixture
def acs(settings: Settings, authority: tuple[trustme.CA, Path]) -> Iterator[CarrierPeer]:
    """Azure Communication Services, and the settings of production that lead there."""
    ca, path = authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    peer = CarrierPeer()
    for running in _running(peer, _answering(peer, _acs(peer)), context):
        settings.ACS_ENDPOINT, settings.ACS_ACCESS_KEY = running.url, ACS_KEY
        settings.ACS_EMAIL_SENDER, settings.ACS_SMS_SENDER = "donotreply@mail.specstep.example", "+18335550100"
        settings.MAIL_PROVIDER = settings.SMS_PROVIDER = "acs"
        settings.EGRESS_CA, settings.EGRESS_ALLOW = str(path), [*settings.EGRESS_ALLOW, running.url.removeprefix("https://")]
        settings.SITE_URL = "https://specstep.example"
        yield running


@pytest.fixture
def twilio(settings: Settings) -> Iterator[CarrierPeer]:
    """Twilio, chosen for SMS."""
    peer = CarrierPeer()
    for running in _running(peer, _answering(peer, _twilio(peer)), None):
        settings.TWILIO_API_URL, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = running.url, SID, TOKEN
        settings.TWILIO_FROM, settings.SMS_PROVIDER = "+15005550006", "twilio"
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, running.url.removeprefix("http://")]
        yield running
