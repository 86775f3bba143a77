"""No test sends a packet off the machine: names are not looked up, and only loopback is connected to.

Processes that tests start are not covered; they get addresses on loopback, and a fault shows as a refused connection there.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_lookup, _connect, _connect_ex, _sendto = (
    socket.getaddrinfo,
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.socket.sendto,
)


def is_near(host: object) -> bool:
    """Whether ``host`` is this machine: a loopback address, its own name, or no name at all."""
    if host in (None, "", b"", "localhost", b"localhost", "0.0.0.0", "::"):  # what a server binds to
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.endswith(".localhost") or name == socket.gethostname()


def _is_literal(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _looked_up(host: Any, *args: Any, **options: Any) -> Any:
    if not is_near(host) and not _is_literal(host):
        raise socket.gaierror(socket.EAI_NONAME, f"Tests look up no names ({host}).")
    return _lookup(host, *args, **options)


_heard: list[tuple[str, int]] | None = None


@contextmanager
def recorded() -> Iterator[list[tuple[str, int]]]:
    """Every connection that this process opens within the block, as host and port."""
    global _heard
    before, _heard = _heard, []
    try:
        yield _heard
    finally:
        _heard = before


def _guard(one: socket.socket, address: Any) -> None:
    if _heard is not None and one.family in (socket.AF_INET, socket.AF_INET6):
        _heard.append((str(address[0]), int(address[1])))
    if one.family in (socket.AF_INET, socket.AF_INET6) and not is_near(address[0]):
        raise AssertionError(f"A test tried to send a packet to {address[0]}. Tests talk to loopback only.")


def _connected(self: socket.socket, address: Any) -> None:
    _guard(self, address)
    _connect(self, address)


def _connected_ex(self: socket.socket, address: Any) -> int:
    _guard(self, address)
    return _connect_ex(self, address)


def _sent(self: socket.socket, data: Any, *rest: Any) -> int:
    _guard(self, rest[-1])
    return _sendto(self, data, *rest)


def pytest_configure(config: pytest.Config) -> None:
    socket.getaddrinfo = _looked_up
    socket.socket.connect = _connected  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = _connected_ex  # type: ignore[method-assign, assignment]
    socket.socket.sendto = _sent  # type: ignore[method-assign, assignment]
