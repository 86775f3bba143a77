"""Servers in a thread of this process: one event loop for all of them, a port for each."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn

from tests.wire_stub.server import WireStub

BACKLOG = 2048

_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


class Server:
    """A running server; ``shutdown`` ends it and whatever it was about to answer."""

    def __init__(self, stub: WireStub) -> None:
        listening = listen(0)
        stub.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn_config(stub))
        asyncio.run_coroutine_threadsafe(self._server.serve([listening]), _loop())

    def shutdown(self) -> None:
        """Returns at once. The port is given back by the loop: closing it here would free a number the loop still listens to."""
        self._server.should_exit = self._server.force_exit = True
        _loop().call_soon_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        for task in list(self._server.server_state.tasks):
            task.cancel()


def start(**settings: object) -> tuple[WireStub, Server]:
    """A server on a free port of loopback. The caller shuts it down."""
    stub = WireStub()
    stub.set(**settings)
    return stub, Server(stub)


def listen(port: int) -> socket.socket:
    """A socket on loopback; 0 for any free port."""
    listening = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    # Inherited by what is accepted. asyncio does not set it on such sockets, and small pieces would wait 40 ms for each other.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def uvicorn_config(stub: WireStub) -> uvicorn.Config:
    """Quiet, and without anything that a stub does not need."""
    return uvicorn.Config(
        stub, http="httptools", ws="none", loop="none", lifespan="off", log_config=None, log_level="critical", access_log=False,
        proxy_headers=False, server_header=False, date_header=False, timeout_keep_alive=75, interface="asgi3", backlog=BACKLOG,
    )  # fmt: skip


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="wire stub", daemon=True).start()
            _loops.append(loop)
        return _loops[0]
