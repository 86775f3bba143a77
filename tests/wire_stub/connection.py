"""One request over HTTP and the way back, with the rude endings that HTTP itself does not offer."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"
HTML = "text/html"
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class Connection:
    """``raw`` is the whole body; header names are in lower case."""

    def __init__(self, scope: Message, raw: bytes, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode()
        self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.raw = raw
        self.sent = 0
        self.status = 0
        self._send = send

    @property
    def is_anthropic(self) -> bool:
        return "anthropic-version" in self.headers or self.path == "/v1/messages"

    @property
    def key(self) -> str:
        """What the caller shows as its key."""
        shown: str = self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")
        return shown

    async def json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        await self.whole(status, json.dumps(body).encode(), JSON, headers)

    async def whole(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        await self.begin(status, kind, {"content-length": str(len(body)), **(headers or {})})
        await self.piece(body)
        await self.end()

    async def begin(self, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        """Status and headers. Without a content-length the body goes in chunks."""
        self.status = status
        named = {"content-type": kind, "request-id": "req_stub", "x-request-id": "req_stub", **(headers or {})}
        written = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": written})

    async def piece(self, data: bytes) -> None:
        self.sent += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def drop(self, *, reset: bool = False) -> None:
        """Hang up, in the middle of whatever was being said: politely, or with a reset."""
        # ASGI has no word for this; uvicorn's ``send`` belongs to the object that holds the transport.
        transport = self._send.__self__.transport  # type: ignore[attr-defined]
        if not reset:
            transport.close()
            return
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
