"""What every peer here has: TLS on loopback, a log, a queue of faults, and no patience with what is not as documented."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import trustme

IN_FLIGHT = 0.3
"""Seconds."""
HEADERS = {"host", "user-agent", "accept", "accept-encoding", "connection", "authorization", "content-length", "content-type"}
"""What a request may carry: anything else could tell something of its sender."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {unquote(self.path)}"

    @property
    def whole(self) -> str:
        """Everything of it, to be searched."""
        return f"{self.method} {self.path} {self.query} {self.headers} {self.body.decode('utf-8', 'replace')}"

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def asked(self, name: str) -> str:
        return dict(self.query).get(name, "")

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """One-shot: the next request whose line holds ``on`` is answered so."""

    on: str = ""
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Break off in the middle of the answer."""
    act: Callable[[], object] | None = None
    """Something that happens just before."""
    seconds: float = 0.0
    """How long it keeps one waiting first."""


class Wrong(Exception):
    """The request is not as the documentation says."""


class Server:
    """One host of a vendor. ``answer`` is called under the lock of all peers of that vendor."""

    def __init__(self, ca: trustme.CA) -> None:
        self.log, self.faults, self.violations = list[Asked](), list[Fault](), list[str]()
        self.at_once, self.most_at_once = 0, 0
        self.seconds = 0.0
        """Every answer takes so long."""
        self.quiet_from, self.quiet_until = 0.0, 0.0
        self._lock = threading.RLock()
        self._server = _TLSServer(("127.0.0.1", 0), self._handler(), ca)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lines(self) -> list[str]:
        return [asked.line for asked in self.log]

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def handle(self, asked: Asked) -> tuple[Answer, bool]:
        with self._lock:
            self.log.append(asked)
            self._check(asked)
            fault = next((one for one in self.faults if one.on in asked.line), None)
            if fault is not None:
                self.faults.remove(fault)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        if fault is not None and fault.act:
            fault.act()
        with self._lock:
            if fault is not None and fault.status:
                if (asked_for := fault.headers.get("Retry-After", "")).isdigit():
                    # What is on its way at this moment could not know.
                    self.quiet_from, self.quiet_until = time.monotonic() + IN_FLIGHT, time.monotonic() + int(asked_for)
                return Answer(fault.status, fault.body, fault.headers), fault.cut
            try:
                return self.answer(asked), bool(fault and fault.cut)
            except Wrong as error:
                self.violations.append(f"{asked.line}: {error}")
                return Answer(400, {"error": {"code": "invalidRequest", "message": str(error)}}), False

    def _check(self, asked: Asked) -> None:
        if asked.headers.get("user-agent") != "SpecStep":
            self.violations.append(f"User-Agent {asked.headers.get('user-agent')!r}")
        if unknown := asked.headers.keys() - HEADERS - self.more_headers():
            self.violations.append(f"headers {sorted(unknown)}")
        if self.quiet_from < time.monotonic() < self.quiet_until:
            self.violations.append(f"{asked.line} came before Retry-After was over")

    def more_headers(self) -> set[str]:
        return set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = tuple(parse_qsl(parts.query, keep_blank_values=True))
                with peer._lock:
                    peer.at_once += 1
                    peer.most_at_once = max(peer.most_at_once, peer.at_once)
                try:
                    if peer.seconds:
                        time.sleep(peer.seconds)
                    answer, cut = peer.handle(Asked(self.command, parts.path, query, headers, body))
                    self._say(answer, cut)
                finally:
                    with peer._lock:
                        peer.at_once -= 1

            def _say(self, answer: Answer, cut: bool) -> None:
                raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw) + (1 if cut else 0)))
                self.end_headers()
                if cut:
                    self.wfile.write(raw[: len(raw) // 2])
                    self.wfile.flush()
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                self.wfile.write(raw)

            def finish(self) -> None:
                try:
                    super().finish()
                except (OSError, ValueError):
                    return

            def log_message(self, *args: object) -> None: ...

        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            setattr(Handler, f"do_{verb}", Handler.handle_any)
        return Handler


class _TLSServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], ca: trustme.CA) -> None:
        super().__init__(address, handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        # The handshake happens in the thread of the request.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None: ...
