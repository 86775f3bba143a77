"""What every forge peer has: a server on loopback, a log, a queue of faults, and no patience with what is not as documented."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.peers.store import Store

CANARIES = (
    "CANARY-SOURCE-5b1f",
    "CANARY-DESCRIPTION-77aa",
    "canary-collaborator",
    "priya.canary@customer.example",
    "Priya Canary",
)
"""What the other side knows and we must not keep: a file, a description, people."""
TOKEN = "forge-token-canary-1c2d3e"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    """As sent, percent signs and all, without the query."""
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {unquote(self.path)}"


@dataclass
class Answer:
    status: int
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
    """Do what is asked, then break off in the middle of the answer."""
    act: Callable[[], object] | None = None
    """Something that happens just before."""


@dataclass
class Pull:
    number: int
    source: str
    target: str
    title: str
    body: str
    state: str = "open"
    sha: str = ""
    """Where its branch stood when it was finished."""


Route = tuple[str, str, Callable[..., Answer]]


class Wrong(Exception):
    """The exchange is not as the forge's documentation says."""


class Peer:
    """Subclasses say which routes there are, which of them hand out content, and how a refusal looks."""

    kind: str
    content: str
    """A regular expression: routes that hand out what is in the repository."""

    def __init__(self, store: Store) -> None:
        self.store, self.pulls = store, list[Pull]()
        self.log, self.faults = list[Asked](), list[Fault]()
        self.violations, self.content_calls = list[str](), list[str]()
        self.told = list[bytes]()
        """The bodies of its answers."""
        self.token, self.is_archived, self.may_write = TOKEN, False, True
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lines(self) -> list[str]:
        return [asked.line for asked in self.log]

    def writes(self) -> list[str]:
        return [line for line in self.lines() if not line.startswith("GET ")]

    # --- requests, the same at every forge --------------------------------------------------------------------------------

    def pull(self, number: int) -> Pull:
        return next(one for one in self.pulls if one.number == number)

    def sha_of(self, pull: Pull) -> str:
        return pull.sha or self.store.head(pull.source)

    def finish(self, pull: Pull, state: str) -> None:
        pull.sha, pull.state = self.store.head(pull.source), state
        if state == "merged":
            self.store.merge(pull.source, pull.target)

    def add_pull(self, source: str, target: str, title: str, body: str) -> Pull:
        self.pulls.append(Pull(len(self.pulls) + 1, source, target, title, body))
        return self.pulls[-1]

    # --- to be filled in --------------------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def check_credential(self, asked: Asked) -> bool:
        raise NotImplementedError

    def refusal(self, status: int, message: str) -> Answer:
        raise NotImplementedError

    # --- the server -------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> tuple[Answer, bool]:
        with self._lock:
            self.log.append(asked)
            if asked.headers.get("user-agent") != "SpecStep":
                self.violations.append(f"User-Agent {asked.headers.get('user-agent')!r}")
            if re.search(self.content, unquote(asked.path)) and not (asked.method == "POST" and "/git/" in asked.path):
                self.content_calls.append(asked.line)
                return self.refusal(500, "content"), False
            fault = self.faults.pop(0) if self.faults and self.faults[0].on in asked.line else None
            if fault and fault.act:
                fault.act()
            if fault and fault.status:
                body = fault.body if fault.body is not None else self.refusal(fault.status, "fault").body
                return Answer(fault.status, body, fault.headers), False
            if not self.check_credential(asked):
                return self.refusal(401, "Bad credentials"), False
            return self._routed(asked), bool(fault and fault.cut)

    def _routed(self, asked: Asked) -> Answer:
        for method, pattern, handler in self.routes():
            if method == asked.method and (found := re.fullmatch(pattern, asked.path)):
                try:
                    return handler(asked, *(unquote(part) for part in found.groups()))
                except Wrong as error:
                    self.violations.append(f"{asked.line}: {error}")
                    return self.refusal(422, str(error))
        self.violations.append(f"no such route: {asked.line}")
        return self.refusal(404, "Not Found")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                parts = urlsplit(self.path)
                body = self._body()
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)
                answer, cut = peer.answer(asked)
                raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                peer.told.append(raw)
                self.send_response(answer.status)
                for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw) + (1 if cut else 0)))
                self.end_headers()
                if cut:
                    self.wfile.write(raw[: len(raw) // 2])
                    self.wfile.flush()
                    # Zero seconds of linger: the connection is reset, not closed.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                self.wfile.write(raw)

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding", "") == "chunked":
                    pieces = []
                    while size := int(self.rfile.readline(), 16):
                        pieces.append(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                    return b"".join(pieces)
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def finish(self) -> None:
                try:
                    super().finish()
                except (OSError, ValueError):
                    return

            def log_message(self, *args: object) -> None: ...

        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            setattr(Handler, f"do_{verb}", Handler.handle_any)
        return Handler


def said(asked: Asked, required: dict[str, type], optional: dict[str, type] | None = None) -> dict[str, Any]:
    """The JSON body with exactly these fields. Raises ``Wrong``."""
    if not asked.headers.get("content-type", "").startswith("application/json"):
        raise Wrong("the body is not declared as JSON")
    body = json.loads(asked.body)
    return checked(body, required, optional)


def checked(body: Any, required: dict[str, type], optional: dict[str, type] | None = None) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Wrong("not an object")
    known = required | (optional or {})
    for name, value in body.items():
        if name not in known:
            raise Wrong(f"unknown field {name}")
        if not isinstance(value, known[name]):
            raise Wrong(f"{name} is {type(value).__name__}")
    if missing := required.keys() - body.keys():
        raise Wrong(f"missing {sorted(missing)}")
    return body


def queried(asked: Asked, *allowed: str) -> dict[str, str]:
    """The query with none but these names. Raises ``Wrong``."""
    if unknown := asked.query.keys() - set(allowed):
        raise Wrong(f"unknown in the query: {sorted(unknown)}")
    return {name: values[0] for name, values in asked.query.items()}


def picked(body: Any, fields: str) -> Any:
    """Only the named parts of an answer, as Bitbucket's ``fields`` does."""
    found: Any = {}
    for path in fields.split(","):
        _pick(body, path.split("."), found)
    return found


def _pick(body: Any, path: list[str], into: Any) -> None:
    name, rest = path[0], path[1:]
    if not isinstance(body, dict) or name not in body:
        return
    value = body[name]
    if not rest or value is None:
        into[name] = value
    elif isinstance(value, list):
        rows = into.setdefault(name, [{} for _ in value])
        for one, row in zip(value, rows, strict=True):
            _pick(one, rest, row)
    else:
        _pick(value, rest, into.setdefault(name, {}))
