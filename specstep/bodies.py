"""How much one request may carry. Django receives a body whole before anybody looks at it, so the bound stands before it."""

from __future__ import annotations

from typing import Any

MAX_BYTES = 256 * 1024 * 1024
"""Ten documents of the largest size at a time."""
SENTENCE = b"This is more than can be sent at once. Send fewer files at a time.\n"


class _TooMuch(Exception):
    pass


class Bounded:
    """Answers 413 to a request that says or turns out to be larger than ``MAX_BYTES``."""

    def __init__(self, application: Any, *, most: int = MAX_BYTES) -> None:
        self.application = application
        self.most = most

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if said.isdigit() and int(said) > self.most:
            await _refuse(send)
            return
        taken = 0

        async def counted() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise _TooMuch
            return message

        try:
            await self.application(scope, counted, send)
        except _TooMuch:
            await _refuse(send)


async def _refuse(send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": SENTENCE})
