"""The door of ``/mcp``: host, origin, bearer, and an end to streams whose token was revoked.

Ours and not the SDK's, because that one names no scope in its challenges, says ``invalid_token`` to who sent none, and never
looks at a token again while a stream is open (RFC 6750, RFC 9728; docs/adr/0017).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from accounts.rules import keys
from api.mcp.calling import called_by
from api.oauth import places
from api.oauth.recognising import Grantee, recognise_async, still_valid_async
from api.problems import details
from ground.limits import Strangers, Taken

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PATHS = ("/mcp", "/mcp/")
PERMIT_SECONDS = 2.0
"""How soon a stream ends when its token was revoked; and nothing is sent on it after that, however soon it comes."""
SENT_BY_BROWSERS = (
    b"Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id"
)
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"POST, GET, DELETE, OPTIONS"),
    (b"access-control-allow-headers", SENT_BY_BROWSERS),
    (b"access-control-max-age", b"600"),
]
EXPOSED = b"WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After"

AUTHORIZE = (
    "Authorize first: the tool opens SpecStep in your browser, you agree, and it sends the token as Authorization: Bearer."
)
NOT_KNOWN = (
    "This token is not known here: it is mistyped, revoked, expired, or was made for another server. Authorize the tool again."
)
IN_ADDRESS = (
    "A token does not belong in an address, where logs on the way keep it. Revoke it in Settings and authorize the tool again."
)
TOO_MANY = "Too many calls. Wait for the seconds that Retry-After names and go on."
BAD_HOST = "This service does not answer under that host name. Use the address that your set-up page shows."
BAD_ORIGIN = "Pages of that site may not call this service from a browser."


class Door:
    """An ASGI application around the SDK's: lets in who bears a token of ours."""

    def __init__(self, inside: Application) -> None:
        self._inside = inside
        self._strangers = Strangers(capacity=settings.API_STRANGER_CALLS, seconds=settings.API_STRANGER_SECONDS)
        self._known = Strangers(capacity=settings.API_CALLS, seconds=settings.API_CALLS_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not is_our_host(headers.get(b"host", b"").decode("latin-1")):
            return await _refuse(send, 421, "wrong-host", BAD_HOST)
        origin = headers.get(b"origin", b"")
        if origin and not may_call_from(origin.decode("latin-1")):
            return await _refuse(send, 403, "wrong-origin", BAD_ORIGIN)
        send = partial(_shared_with, send, origin) if origin else send
        if scope["method"] == "OPTIONS":
            return await _answer(send, 204, PREFLIGHT)
        if holds_a_token(scope["query_string"].decode("latin-1")):
            return await _refuse(send, 400, "token-in-address", IN_ADDRESS, places.challenge("invalid_request"))
        return await self._entered(headers.get(b"authorization", b"").decode("latin-1"), scope, receive, send)

    async def _entered(self, given: str, scope: Scope, receive: Receive, send: Send) -> None:
        scheme, _, raw = given.partition(" ")
        raw = raw.strip() if scheme.lower() == "bearer" else ""
        tool = await recognise_async(raw) if raw else None
        if tool is None:
            return await self._refused(scope, send, sent=bool(raw))
        taken = self._known.take(str(tool.token_id))
        if not taken.allowed:
            return await _too_many(send, taken)
        scope["user"] = _as_the_sdk_knows_it(tool)
        auth_context_var.set(scope["user"])
        called_by(tool)
        return await _Permitted(tool, send).run(partial(self._inside, scope, receive))

    async def _refused(self, scope: Scope, send: Send, *, sent: bool) -> None:
        taken = self._strangers.take((scope.get("client") or ("",))[0])
        if not taken.allowed:
            return await _too_many(send, taken)
        if sent:
            return await _refuse(send, 401, "invalid-token", NOT_KNOWN, places.challenge("invalid_token"))
        return await _refuse(send, 401, "no-token", AUTHORIZE, places.challenge())


class _Permitted:
    """One answer. While it is a stream, it goes on only as long as the token stands (S-098)."""

    def __init__(self, tool: Grantee, send: Send) -> None:
        self._tool, self._send = tool, send
        self._is_stream = self._is_over = self._is_begun = False
        self._ended = False

    async def run(self, inside: Callable[[Send], Awaitable[None]]) -> None:
        """Answer, and look every two seconds whether it may go on."""
        task = asyncio.current_task()
        assert task is not None
        watch: asyncio.Task[None] | None = None

        def begin() -> None:
            nonlocal watch
            watch = asyncio.get_running_loop().create_task(self._watch(task))

        timer = asyncio.get_running_loop().call_later(PERMIT_SECONDS, begin)
        try:
            await inside(self.send)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            task.uncancel()
            await self._close()
        finally:
            timer.cancel()
            if watch is not None:
                watch.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_begun = True
            self._is_stream = any(
                name == b"content-type" and value.startswith(b"text/event-stream") for name, value in message["headers"]
            )
        elif self._is_stream and not self._is_over:
            if not await still_valid_async(self._tool.token_id):
                await self._close()
                return
            self._is_over = not message.get("more_body", False)
        elif self._is_over:
            return
        await self._send(message)

    async def _watch(self, answering: asyncio.Task[Any]) -> None:
        while await still_valid_async(self._tool.token_id):  # noqa: ASYNC110  # the database rings no bell
            await asyncio.sleep(PERMIT_SECONDS)
        self._ended = True
        answering.cancel()

    async def _close(self) -> None:
        """End the answer: with 401 where nothing was sent yet, else with nothing more."""
        if self._is_over:
            return
        self._is_over = True
        if self._is_begun:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await _refuse(self._send, 401, "invalid-token", NOT_KNOWN, places.challenge("invalid_token"))


def is_our_host(host: str) -> bool:
    """Whether the service answers under this name: the rule of ``ALLOWED_HOSTS``, which Django applies to its own pages only."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def may_call_from(origin: str) -> bool:
    """Whether a page of this origin may call: one of ours, or one that ``MCP_ORIGINS`` names. Keeps out pages that lie about
    where they are (DNS rebinding). A wildcard for hosts opens nothing here.
    """
    if origin in settings.MCP_ORIGINS or origin == settings.SITE_URL:
        return True
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, [name for name in settings.ALLOWED_HOSTS if name != "*"])


def holds_a_token(query: str) -> bool:
    """Whether a token or key stands in the address (RFC 6750, 2.3 is not offered)."""
    if not query:
        return False
    return any(name in ("access_token", "token") or keys.holds_a_key(value) for name, value in parse_qsl(query))


def _as_the_sdk_knows_it(tool: Grantee) -> AuthenticatedUser:
    """What binds the state of a question to who was asked; the raw token is not handed on."""
    known = AccessToken(
        token="",
        client_id=tool.client_id,
        scopes=list(tool.scopes),
        subject=str(tool.user_id),
        claims={"iss": places.issuer()},
    )
    return AuthenticatedUser(known)


async def _shared_with(send: Send, origin: bytes, message: Message) -> None:
    """Every answer names the origin that may read it."""
    if message["type"] == "http.response.start":
        shared: Iterable[tuple[bytes, bytes]] = (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"Origin"),
        )
        message["headers"] = [*message.get("headers", []), *shared]
    await send(message)


async def _too_many(send: Send, taken: Taken) -> None:
    await _answer(
        send,
        429,
        [(b"retry-after", str(taken.retry_after).encode()), (b"content-type", b"application/problem+json")],
        json.dumps(details(429, "too-many-calls", TOO_MANY)).encode(),
    )


async def _refuse(send: Send, status: int, code: str, detail: str, said: str = "") -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    if said:
        headers.append((b"www-authenticate", said.encode()))
    await _answer(send, status, headers, json.dumps(details(status, code, detail)).encode())


async def _answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    length = [(b"content-length", str(len(body)).encode())] if status != 204 else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
