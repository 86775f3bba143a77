"""A strict receiver on loopback: it verifies every request with two independent libraries and complains about anything odd."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import jsonschema
import standardwebhooks
import svix.webhooks

from delivery import events

HEADERS = {
    "host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length",
    "webhook-id", "webhook-timestamp", "webhook-signature",
}  # fmt: skip
"""Everything a receiver is told."""


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def kind(self) -> str:
        return str(self.body["type"])


def verifies(secret: str, got: Got) -> bool:
    """What both libraries say. They know the true time only: while a test moves the clock, the algorithm of the standard says."""
    if abs(int(got.headers["webhook-timestamp"]) - time.time()) < 240:
        return _by(standardwebhooks.Webhook(secret), got) and _by(svix.webhooks.Webhook(secret), got)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.raw
    right = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return right in got.headers["webhook-signature"].split(" ")


def _by(library: Any, got: Got) -> bool:
    try:
        library.verify(got.raw, got.headers)
    except (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError):
        return False
    return True


@dataclass
class Receiver:
    """What it answers may be changed while it runs."""

    url: str = ""
    status: int = 200
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """By path; a request to a path that is here has to verify."""
    before_answer: Callable[[Got], None] | None = None
    got: list[Got] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [one.kind for one in self.got]

    def look_at(self, got: Got) -> None:
        if odd := set(got.headers) - HEADERS:
            self.complaints.append(f"headers {odd}")
        if got.headers.get("content-type") != "application/json" or got.headers.get("accept-encoding") != "identity":
            self.complaints.append("content-type or accept-encoding")
        UUID(got.id)
        schema = events.schema(got.kind)
        checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        self.complaints += [error.message for error in checker.iter_errors(got.body)]
        if got.path in self.secrets and not verifies(self.secrets[got.path], got):
            self.complaints.append(f"the signature of {got.id} is not right")


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
            try:
                receiver.look_at(got)
            except Exception as error:  # noqa: BLE001  # a thread of the server's: the fixture fails the test
                receiver.complaints.append(repr(error))
            if receiver.before_answer is not None:
                receiver.before_answer(got)
            receiver.got.append(got)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def do_GET(self) -> None:
            receiver.complaints.append(f"GET {self.path}")
            self.send_error(405)

        def log_message(self, *args: object) -> None: ...

    return Handler


@contextmanager
def receiving(context: ssl.SSLContext | None = None, *, port: int = 0) -> Iterator[Receiver]:
    """A receiver on a port of its own; nothing it complains about passes unseen."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(receiver))
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    receiver.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
    assert not receiver.complaints
