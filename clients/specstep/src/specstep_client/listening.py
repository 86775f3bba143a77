"""The way back from the browser: a door on this machine that one answer may come through (RFC 8252, 7.3)."""

from __future__ import annotations

import hmac
import socket
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from specstep_client.saying import Trouble

PATH = "/callback"
DONE = "<!doctype html><meta charset=utf-8><title>SpecStep</title><p>SpecStep has its answer. You can close this page."
OTHER = "<!doctype html><meta charset=utf-8><title>SpecStep</title><p>This is not the answer that was waited for."


class Listener:
    """Listens on a random port of 127.0.0.1 until the answer with the right state came."""

    def __init__(self) -> None:
        self._server = _Once(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, state: str, seconds: float) -> dict[str, str]:
        """The parameters that came back with ``state``. Others are told that they are not waited for. Raises ``Trouble``."""
        self._server.state = state
        end = time.monotonic() + seconds
        while self._server.came is None:
            self._server.timeout = end - time.monotonic()
            if self._server.timeout <= 0:
                raise Trouble("Nobody agreed in the browser in time. Run specstep sign-in again.")
            self._server.handle_request()
        return self._server.came


class _Once(HTTPServer):
    state = ""
    came: dict[str, str] | None = None

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, place = super().get_request()
        connection.settimeout(5)  # who connects and says nothing must not hold up the one that is waited for
        return connection, place

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor that went away or never spoke is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Once
    server_version, sys_version = "specstep", ""

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        said = parse_qsl(place.query, keep_blank_values=True)
        given = dict(said)
        ours = self.headers.get("Host") == f"127.0.0.1:{self.server.server_port}" and place.path == PATH
        if not ours or len(given) != len(said) or not self._has_state(given):
            return self._answer(404, OTHER)
        self.server.came = given
        return self._answer(200, DONE)

    def _has_state(self, given: dict[str, str]) -> bool:
        return hmac.compare_digest(given.get("state", "").encode(), self.server.state.encode())

    def _answer(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """The code stands in the address; it is logged nowhere."""
