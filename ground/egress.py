"""The one way out. Every outbound call names a declared party and purpose, and goes to a checked and pinned address.

A call is refused before a packet is sent when the party is not declared, the purpose is not the party's, the host is not one of
the party's hosts, the scheme is not https, or the name resolves to an address that is private, link-local, a metadata service or
this machine. ``SPECSTEP_EGRESS_ALLOW`` names hosts (``host`` or ``host:port``) for which plain http and private addresses are
allowed: tests and on-premise servers. The connection is made to the very address that was checked, so a name that resolves
differently a moment later changes nothing (DNS rebinding). Redirects are not followed, answers have a size cap, every call has
time limits. Answers are asked for as they are; one that comes packed all the same is not unpacked, because the cap counts what
is on the wire, and a thousandth of it may be enough to fill the memory.
"""

from __future__ import annotations

import asyncio
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from django.conf import settings

from ground.addresses import why_refused
from ground.errors import NotConfigured, SpecStepError

if TYPE_CHECKING:
    from urllib3.util import Retry

    from ground.egress_requests import Session

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
LONG_BODY_BYTES = 32 * 1024
"""From here on a body is inspected in a thread of its own, by an asynchronous client."""
PACKED = "The other side packed its answer, which we did not ask for."


class EgressRefused(SpecStepError):
    """An outbound call was refused before anything was sent."""

    detail = "This address may not be called."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, permanent=True)


class AnswerTooLarge(SpecStepError):
    """The other side sent more than the cap; the rest was not read."""

    detail = "The other side sent more data than we accept."


@dataclass(frozen=True)
class Party:
    """Somebody outside we talk to. The sub-processor page is printed from these rows."""

    name: str
    purposes: tuple[str, ...]
    data: str
    """What is sent to them, for people."""
    hosts: Callable[[], Iterable[str]] | None
    """Host names, read from the settings at call time; None where users name the host (webhooks, own servers)."""
    country: str = ""
    optional: bool = True
    called: bool = True
    """False: it holds data for us and we call no address of it, such as who runs the machines."""
    joined_later: bool = False
    """Not in the first edition of the list of sub-processors: refused until its entry is active (PR-054)."""


_parties: dict[str, Party] = {}


def declare(party: Party) -> None:
    """Add a party to the table. Saying the same again is harmless."""
    known = _parties.get(party.name)
    if known is not None and (known.purposes, known.data) != (party.purposes, party.data):
        raise ValueError(f"Another party is declared as {party.name!r}.")
    _parties[party.name] = party


def declared() -> list[Party]:
    """All parties by name."""
    return sorted(_parties.values(), key=lambda party: party.name)


def gate(is_active: Callable[[str], bool]) -> None:
    """Name who knows whether a party that joined later may be called already, by its name. Until then none may."""
    global _is_active
    _is_active = is_active


_is_active: Callable[[str], bool] = lambda name: False  # noqa: E731  # to be replaced


def host_of(url: str) -> str:
    """The host name of an address, lower case, without port."""
    return (urlsplit(url).hostname or "").lower()


def check(url: str, *, party: str, purpose: str) -> list[str]:
    """The checked addresses that ``url`` may be called at.

    Also used as it is before calls of an SDK that takes no transport from us. Raises ``EgressRefused`` with the reason.
    """
    return vetted(*check_request(url, party=party, purpose=purpose))


def check_request(url: str, *, party: str, purpose: str) -> tuple[str, int]:
    """Host and port of ``url``, if party, purpose and scheme are right. The name is not looked up yet: ``vetted`` does that."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
    _check_party(host, party=party, purpose=purpose)
    if parts.username or parts.password:
        raise EgressRefused(f"The address of {party} holds a user name or password; remove it.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_allowed(host, port)):
        raise EgressRefused(f"{host} is called over https only.")
    return host, port


def client(
    *,
    party: str,
    purpose: str,
    timeout: httpx2.Timeout | float | None = None,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
    takes_packed: bool = False,
    **options: Any,
) -> httpx2.Client:
    """An HTTP client bound to one declared party and purpose.

    It can be handed to any SDK that takes an ``httpx2.Client``. ``timeout`` is in seconds, by default 5 to connect and 60 between
    two pieces of an answer. ``takes_packed``: the caller reads bytes as they come (``iter_raw``) and unpacks none; else a packed
    answer is an ``httpx2.DecodingError``.

    Raises ``EgressRefused`` for an undeclared party or purpose, here and not only at the first call.
    """
    _party(party, purpose)
    return httpx2.Client(
        transport=_Transport(party=party, purpose=purpose, max_answer_bytes=max_answer_bytes, takes_packed=takes_packed),
        timeout=timeout if timeout is not None else httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        **options,
    )


def async_client(
    *,
    party: str,
    purpose: str,
    timeout: httpx2.Timeout | float | None = None,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
    max_connections: int = 100,
    inspect: Callable[[bytes], bytes] | None = None,
) -> httpx2.AsyncClient:
    """The same for an event loop.

    ``inspect`` is given the body of every request just before it is sent, in a thread of its own, and returns what is sent
    instead. What it raises goes to the caller, and nothing is sent.
    """
    _party(party, purpose)
    return httpx2.AsyncClient(
        transport=_AsyncTransport(
            party=party,
            purpose=purpose,
            max_answer_bytes=max_answer_bytes,
            max_connections=max_connections,
            inspect=inspect,
        ),
        timeout=timeout if timeout is not None else httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )


def requests_session(
    *,
    party: str,
    purpose: str,
    timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    seconds: float | None = None,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
    retries: Retry | int = 0,
) -> Session:
    """A ``requests.Session`` bound to one declared party and purpose, for libraries that bring requests.

    ``timeout`` in seconds: to connect, and between two pieces of an answer; a call may say another. ``seconds``: how long all
    calls of the session may take together, counted from here; then their connections are cut. ``retries``: urllib3's own. Raises
    ``EgressRefused`` for an undeclared party or purpose.
    """
    from ground.egress_requests import Adapter, Session  # only who needs it pays for importing requests

    _party(party, purpose)
    adapter = Adapter(party=party, purpose=purpose, max_answer_bytes=max_answer_bytes, seconds=seconds, retries=retries)
    return Session(adapter, timeout)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Every call that a client of ``client`` makes in this block is over after ``seconds``, however slowly the other side drips.

    Counts the look-up of the name, the connection and every piece of the answer. Ends in ``httpx2.TimeoutException``.
    """
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


def _left(timeout: float | None) -> float | None:
    """Seconds that one wait may last: no longer than ``timeout``, no longer than ``within`` allows."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return timeout
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("The time for this call is over.")
    return left if timeout is None else min(timeout, left)


def _party(party: str, purpose: str) -> Party:
    known = _parties.get(party)
    if known is None:
        raise EgressRefused(f"{party} is not declared as somebody we call.")
    if purpose not in known.purposes:
        raise EgressRefused(f"{party} is not declared for the purpose “{purpose}”.")
    if known.joined_later and not _is_active(party):
        raise EgressRefused(f"{party} is not on the list of sub-processors yet: those concerned have to be told first.")
    return known


def _check_party(host: str, *, party: str, purpose: str) -> None:
    known = _party(party, purpose)
    if known.hosts is not None and host not in {name.lower() for name in known.hosts()}:
        raise EgressRefused(f"{host or 'An empty host'} is not an address of {party}.")


def _is_allowed(host: str, port: int) -> bool:
    return host in settings.EGRESS_ALLOW or f"{host}:{port}" in settings.EGRESS_ALLOW


def vetted(host: str, port: int) -> list[str]:
    """Every address of the name, all of them acceptable: one bad address refuses the whole name."""
    try:
        found = _looked_up(host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise httpx2.ConnectError(f"{host} has no address.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if not _is_allowed(host, port):
        for address in addresses:
            if reason := why_refused(ipaddress.ip_address(address)):
                raise EgressRefused(f"{host} may not be called: its address {reason}.")
    return addresses


def trusted() -> ssl.SSLContext:
    """Whose certificates are believed: the public authorities, and the operator's own of ``SPECSTEP_EGRESS_CA``.

    Reading the authorities takes 25 ms, so it is done once; a file that was changed is read anew.
    """
    if not settings.EGRESS_CA:
        return _trusted("", 0)
    try:
        return _trusted(settings.EGRESS_CA, Path(settings.EGRESS_CA).stat().st_mtime_ns)
    except (OSError, ssl.SSLError) as error:
        raise NotConfigured("SPECSTEP_EGRESS_CA is not a readable file of certificates (PEM).") from error


@lru_cache(maxsize=4)
def _trusted(path: str, changed_at: int) -> ssl.SSLContext:
    context = httpx2.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # N-46; said here, so that no setting of the machine lowers it
    if path:
        context.load_verify_locations(path)
    return context


def _looked_up(host: str, port: int) -> list[Any]:
    """What the name server says; within the time there is, where there is a limit: its own patience may be longer."""
    if _ends_at.get() is None or _is_literal(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look, name="name look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=_left(None))
    except (queue.Empty, httpcore2.ReadTimeout):
        raise httpx2.ConnectTimeout(f"Looking up {host} took too long.") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _is_literal(host: str) -> bool:
    """An address, for which nobody is asked."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Timed(httpcore2.NetworkStream):
    """A connection whose waits end with ``within``."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Connects to the address that was checked; TLS still verifies the name."""

    def __init__(self) -> None:
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception | None = None
        for address in vetted(host, port):
            try:
                return _Timed(self._plain.connect_tcp(address, port, _left(timeout), local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address.")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        raise EgressRefused("Local sockets are not called.")


class _Transport(httpx2.HTTPTransport):
    def __init__(self, *, party: str, purpose: str, max_answer_bytes: int, takes_packed: bool) -> None:
        super().__init__(trust_env=False)
        self._pool.close()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trusted(),
            max_connections=100,
            max_keepalive_connections=10,
            keepalive_expiry=30,
            network_backend=_Backend(),
        )
        self._party, self._purpose, self._max, self._takes_packed = party, purpose, max_answer_bytes, takes_packed

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        _check_request(request, party=self._party, purpose=self._purpose)
        response = super().handle_request(request)
        if _announced(response) > self._max:
            response.close()
            raise AnswerTooLarge
        if not self._takes_packed and _is_packed(response):
            response.close()
            raise httpx2.DecodingError(PACKED, request=request)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Capped(response.stream, self._max)
        return response


def _check_request(request: httpx2.Request, *, party: str, purpose: str) -> None:
    host, port = request.url.host.lower(), request.url.port
    _check_party(host, party=party, purpose=purpose)
    if request.url.scheme != "https" and not _is_allowed(host, port or 80):
        raise EgressRefused(f"{host} is called over https only.")
    request.headers["accept-encoding"] = "identity"


def _is_packed(response: httpx2.Response) -> bool:
    return response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


def _announced(response: httpx2.Response) -> int:
    announced = response.headers.get("content-length", "")
    return int(announced) if announced.isdigit() else 0


class _Capped(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, limit: int) -> None:
        self._stream, self._left = stream, limit

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise AnswerTooLarge
            yield piece

    def close(self) -> None:
        self._stream.close()


class _AsyncBackend(httpcore2.AsyncNetworkBackend):
    """Connects to the address that was checked; names are looked up beside the loop."""

    def __init__(self) -> None:
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await asyncio.to_thread(vetted, host, port):
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address.")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise EgressRefused("Local sockets are not called.")

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)


class _AsyncTransport(httpx2.AsyncHTTPTransport):
    def __init__(
        self,
        *,
        party: str,
        purpose: str,
        max_answer_bytes: int,
        max_connections: int,
        inspect: Callable[[bytes], bytes] | None,
    ) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trusted(),
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=30,
            network_backend=_AsyncBackend(),
        )
        self._party, self._purpose, self._max, self._inspect = party, purpose, max_answer_bytes, inspect

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        _check_request(request, party=self._party, purpose=self._purpose)
        if self._inspect is not None:
            request = await self._inspected(request, self._inspect)
        response = await super().handle_async_request(request)
        if _announced(response) > self._max:
            await response.aclose()
            raise AnswerTooLarge
        if _is_packed(response):
            await response.aclose()
            raise httpx2.DecodingError(PACKED, request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _AsyncCapped(response.stream, self._max)
        return response

    @staticmethod
    async def _inspected(request: httpx2.Request, inspect: Callable[[bytes], bytes]) -> httpx2.Request:
        body = await request.aread()
        # A thread for what would hold up all other calls; for the usual body it costs more than the look.
        allowed = await asyncio.to_thread(inspect, body) if len(body) > LONG_BODY_BYTES else inspect(body)
        if allowed == body:
            return request
        headers = request.headers.copy()
        headers["content-length"] = str(len(allowed))
        return httpx2.Request(request.method, request.url, headers=headers, content=allowed, extensions=request.extensions)


class _AsyncCapped(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream, self._left = stream, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise AnswerTooLarge
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
