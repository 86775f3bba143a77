"""The one way out for libraries that bring ``requests`` (allauth, PyGithub, Stripe, azure-core): ``egress.requests_session``.

The same rules as in ``ground.egress``: a declared party and purpose, a checked and pinned address, https, no redirects, neither
proxies nor certificates from the environment, a size cap that counts what comes out of decompression, and time limits.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx2
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError
from urllib3.util import Retry

from ground import egress

PIECE = 64 * 1024


class Session(requests.Session):
    """Follows no redirect, keeps no cookie and takes nothing from the environment; every address goes through one adapter."""

    def __init__(self, adapter: Adapter, timeout: tuple[float, float]) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._only, self._timeout = adapter, timeout
        for scheme in list(self.adapters):
            self.mount(scheme, adapter)

    def get_adapter(self, url: str | bytes) -> Adapter:
        """The checked one, whatever a library mounted."""
        return self._only

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: the caller sees the redirect as it is."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        if options.get("timeout") is None:
            options["timeout"] = self._timeout
        return super().request(method, url, **options)


class Adapter(HTTPAdapter):
    """Checks each request and connects to the very address that was checked."""

    def __init__(
        self, *, party: str, purpose: str, max_answer_bytes: int, seconds: float | None = None, retries: Retry | int = 0
    ) -> None:
        self._party, self._purpose, self._max = party, purpose, max_answer_bytes
        self._end = None if seconds is None else time.monotonic() + seconds
        self._cuts: list[_Cut] = []
        super().__init__(max_retries=retries)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        told = self._opened

        class Plain(_Pinned, HTTPConnection):
            opened = staticmethod(told)

        class Secure(_Pinned, HTTPSConnection):
            opened = staticmethod(told)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        egress.check_request(request.url or "", party=self._party, purpose=self._purpose)
        if not verify:
            raise egress.EgressRefused("The certificate of the other side is always verified.")
        self.check_time()
        # Proxies are never used: they would connect to an address that nobody checked.
        return super().send(request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=None)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        announced = resp.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._max and req.method != "HEAD":
            resp.close()
            raise egress.AnswerTooLarge
        response = super().build_response(req, resp)
        response.raw = _Capped(resp, self._max, self.check_time)
        return response

    def close(self) -> None:
        super().close()
        while self._cuts:
            self._cuts.pop().call_off()

    def check_time(self) -> None:
        """Raise ``requests.ReadTimeout`` when the session's time is over: what was read until then is no whole answer."""
        if self._end is not None and time.monotonic() >= self._end:
            raise requests.ReadTimeout("The other side took longer than it may.")

    def _opened(self, connection: socket.socket) -> None:
        if self._end is not None:
            self._cuts.append(_Cut(connection, self._end - time.monotonic()))


class _Pinned(HTTPConnection):
    """Connects to the checked address; the name stays for TLS and the Host header."""

    opened: Callable[[socket.socket], None]

    def _new_conn(self) -> socket.socket:
        name = self.host
        failure: Exception | None = None
        try:
            for address in self._checked(name):
                self._dns_host = address
                try:
                    connection = super()._new_conn()
                except HTTPError as error:
                    failure = error
                else:
                    self.opened(connection)
                    return connection
        finally:
            self._dns_host = name
        raise failure or NameResolutionError(name, self, socket.gaierror("no address"))

    def _checked(self, name: str) -> list[str]:
        try:
            return egress.vetted(name, self.port or self.default_port)
        except httpx2.ConnectError as error:
            raise NameResolutionError(name, self, socket.gaierror(str(error))) from error


class _Cut:
    """Ends a connection when its time is over, in whatever it is waiting: a handshake, headers, a body that drips."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        # A copy of the descriptor: TLS takes the socket over, and the copy still reaches the same connection.
        self._copy = connection.dup()
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        with self._lock, contextlib.suppress(OSError), self._copy:
            self._copy.shutdown(socket.SHUT_RDWR)

    def call_off(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._copy.close()


class _Capped:
    """An answer of urllib3 of which no more than ``limit`` decoded bytes are given out."""

    def __init__(self, answer: Any, limit: int, check_time: Callable[[], None]) -> None:
        self._answer, self._left, self._check_time = answer, limit, check_time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answer, name)

    def read(self, amt: int | None = None, **options: Any) -> bytes:
        if amt is None or amt < 0:
            return b"".join(self.stream(PIECE, options.get("decode_content")))
        return self._counted(self._answer.read(amt, **options))

    def read1(self, amt: int | None = None, **options: Any) -> bytes:
        return self._counted(self._answer.read1(amt or PIECE, **options))

    def stream(self, amt: int | None = PIECE, decode_content: bool | None = None) -> Iterator[bytes]:
        for piece in self._answer.stream(amt or PIECE, decode_content):
            yield self._counted(piece)
        self._check_time()

    def read_chunked(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        for piece in self._answer.read_chunked(amt or PIECE, decode_content):
            yield self._counted(piece)
        self._check_time()

    def __iter__(self) -> Iterator[bytes]:
        return self.stream()

    def _counted(self, piece: bytes) -> bytes:
        self._check_time()
        self._left -= len(piece)
        if self._left < 0:
            self._answer.close()
            raise egress.AnswerTooLarge
        return piece
