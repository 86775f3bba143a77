"""The bridge: a client that starts programs (stdio) works with the MCP server (Streamable HTTP), in both eras of the protocol.

It forwards. A line of the client becomes the body of one POST, each message of the answer one line. No body is changed, kept or
logged; a message is looked at only for its id, its method and the headers of its revision. Of 2025-11-25 it knows the session id
and the version that ``initialize`` agreed on; of 2026-07-28 that taking a request back means closing its answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import BinaryIO

import httpx2

from specstep_client import envelopes, saying
from specstep_client.asking import AGENT, WAITING, json_of, unreachable
from specstep_client.envelopes import Envelope, Id
from specstep_client.keeping import Credential
from specstep_client.places import Server
from specstep_client.saying import NotSignedIn, Trouble, debug
from specstep_client.streams import Reader

ACCEPT = "application/json, text/event-stream"
LAST_ANSWERS_SECONDS = 5.0
"""So long answers under way may still come when the client has closed its end."""
LONGEST = 64 * 1024 * 1024
"""Bytes of one answer that is no stream."""
UNREADABLE = "This is no JSON-RPC message."
SIGN_IN = "You are not signed in. Run this in a terminal, then try again: specstep sign-in --server {server}"
ENDED = "The connection to SpecStep ended before the answer came. Read how things stand before you ask again."


def bridge(server: Server, credential: Callable[[], Credential]) -> None:
    """Carry messages between standard input and output and the server until the input ends.

    ``credential`` reads what the person is signed in with now; it is asked again when the server refuses, because a sign-in may
    have been renewed in the meantime. It raises ``Trouble`` where there is none.
    """
    lines, out = sys.stdin.fileno(), sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may get between the messages
    try:
        asyncio.run(_Bridge(server, credential, out).run(lines))
    except BrokenPipeError:
        debug("the client has gone away")
        sys.stdout = None  # there is nobody to flush to


class _Bridge:
    def __init__(self, server: Server, credential: Callable[[], Credential], out: BinaryIO) -> None:
        self._server, self._ask_for_credential, self._out = server, credential, out
        self._token = ""
        self._negotiated = self._session = ""
        self._under_way: dict[Id, asyncio.Task[None]] = {}
        self._client_gone = asyncio.Event()

    async def run(self, lines: int) -> None:
        asyncio.get_running_loop().set_exception_handler(saying.of_task)
        async with httpx2.AsyncClient(timeout=WAITING, follow_redirects=False) as self._http:
            reading = asyncio.create_task(self._read(lines))
            gone = asyncio.create_task(self._client_gone.wait())
            await asyncio.wait({reading, gone}, return_when=asyncio.FIRST_COMPLETED)
            if self._client_gone.is_set():
                raise BrokenPipeError
            gone.cancel()
            await reading
            if self._under_way:
                await asyncio.wait(set(self._under_way.values()), timeout=LAST_ANSWERS_SECONDS)
            for task in self._under_way.values():
                task.cancel()

    async def _read(self, lines: int) -> None:
        async for line in _each(lines):
            if not line.strip():
                continue
            message = envelopes.read(line)
            if message is None:
                self._write(envelopes.error(None, envelopes.PARSE_ERROR, UNREADABLE))
            elif message.is_request and message.method != "initialize":
                self._under_way[message.id] = asyncio.create_task(self._carried(message))
            elif message.cancels is not None and self._takes_back(message):
                continue
            else:
                # Later messages may rest on these: they arrive in their order.
                await self._carried(message)

    def _takes_back(self, message: Envelope) -> bool:
        """From 2026-07-28 on a request is taken back by closing its answer; before, the server is told."""
        task = self._under_way.get(message.cancels)
        if task is not None and not self._negotiated:
            task.cancel()
        return not self._negotiated

    async def _carried(self, message: Envelope) -> None:
        """Carry one message and its answer. Whatever fails becomes an answer that says so."""
        began, method = time.monotonic(), message.method or "an answer"
        try:
            await self._carry(message)
        except asyncio.CancelledError:
            debug(f"{method}: taken back")
        except httpx2.HTTPError as error:
            self._fail(message, str(unreachable(self._server, error)))
        except NotSignedIn as error:
            self._fail(message, str(error), envelopes.UNAUTHORIZED)
        except Trouble as error:
            self._fail(message, str(error))
        except BrokenPipeError:
            self._client_gone.set()
        except Exception as error:  # noqa: BLE001  # the client must not wait for ever; the fault is told without its contents
            saying.note(f"specstep: a fault of the bridge: {saying.fault(error)}")
            self._fail(message, "The bridge could not carry this message.")
        finally:
            if self._under_way.get(message.id) is asyncio.current_task():
                del self._under_way[message.id]
            debug(f"{method}: over after {time.monotonic() - began:.2f} s")

    async def _carry(self, message: Envelope) -> None:
        for renewed in (False, True):
            headers = {
                "Authorization": f"Bearer {self._credential(anew=renewed)}",
                "Content-Type": "application/json",
                "Accept": ACCEPT,
                "User-Agent": AGENT,
                **message.headers(self._negotiated),
                **({"Mcp-Session-Id": self._session} if self._session and message.method != "initialize" else {}),
            }
            before = self._token
            async with self._http.stream("POST", self._server.mcp, content=message.body, headers=headers) as answer:
                debug(f"{message.method or 'an answer'}: {answer.status_code}")
                if answer.status_code == 401:
                    if not renewed and self._credential(anew=True) != before:
                        continue
                    raise NotSignedIn(SIGN_IN.format(server=self._server))
                await self._answered(message, answer)
                return

    async def _answered(self, message: Envelope, answer: httpx2.Response) -> None:
        if message.method == "initialize":
            self._session = answer.headers.get("Mcp-Session-Id", "")
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            return await self._streamed(message, answer)
        body = await _whole(answer)
        if not message.is_request:
            return None  # a notification or an answer gets none
        value = json_of(body)
        if isinstance(value, dict) and value.get("jsonrpc") == "2.0":
            return self._hand_over(message, body)
        return self._fail(message, f"SpecStep refused this ({answer.status_code}). {_waits(answer)}".strip())

    async def _streamed(self, message: Envelope, answer: httpx2.Response) -> None:
        reader, answered = Reader(), False
        async for piece in answer.aiter_bytes():
            for event in reader.feed(piece):
                if event.kind == "message" and event.data.strip():
                    self._hand_over(message, event.data)
                    answered = answered or envelopes.answers(event.data, message.id)
        if message.is_request and not answered:
            self._fail(message, ENDED)

    def _hand_over(self, message: Envelope, data: bytes) -> None:
        if message.method == "initialize" and envelopes.answers(data, message.id):
            result = (json_of(data) or {}).get("result")
            version = result.get("protocolVersion") if isinstance(result, dict) else None
            self._negotiated = version if isinstance(version, str) else ""
        self._write(data)

    def _fail(self, message: Envelope, sentence: str, code: int = envelopes.UNREACHED) -> None:
        if message.is_request:
            self._write(envelopes.error(message.id, code, sentence))

    def _write(self, data: bytes) -> None:
        try:
            self._out.write(envelopes.in_one_line(data) + b"\n")
            self._out.flush()
        except (BrokenPipeError, ValueError):  # ValueError: closed
            self._client_gone.set()

    def _credential(self, *, anew: bool) -> str:
        if anew or not self._token:
            self._token = self._ask_for_credential().secret
        return self._token


async def _each(file: int) -> AsyncIterator[bytes]:
    """The lines of a file descriptor that only a thread can wait for.

    It is read without a buffered file around it: Python aborts at its end when a thread still waits inside of one.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def read() -> None:
        rest: list[bytes] = []
        with suppress(RuntimeError, OSError):  # the loop or the input was closed meanwhile
            while piece := os.read(file, 65_536):
                *whole, last = piece.split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(queue.put_nowait, b"".join((*rest, line)))
                    rest.clear()
                rest.append(last)
            loop.call_soon_threadsafe(queue.put_nowait, b"".join(rest))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="input").start()
    while (line := await queue.get()) is not None:
        yield line


async def _whole(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LONGEST:
            raise Trouble("The answer is longer than a client could take.")
    return bytes(body)


def _waits(answer: httpx2.Response) -> str:
    after = answer.headers.get("Retry-After", "")
    return f"Too many calls: wait {after} seconds." if after.isascii() and after.isdecimal() and len(after) < 7 else ""
