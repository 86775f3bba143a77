"""A durable log (``ground.stream``) is followed as server-sent events (WHATWG HTML, 9.2); whatever writes, writes there.

Each entry becomes one event with the entry's sequence as its id, so that ``Last-Event-ID`` resumes without loss or repetition.
Between two looks no database connection is held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse

from ground import stream
from ground.models import LogEntry

RETRY_MS = 1000
HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 600.0
"""After this the browser connects again, and the right to read is checked again."""
BUSY_SECONDS, IDLE_SECONDS = 0.25, 0.75
"""Between two looks: while something came within the last ten seconds, and otherwise."""
PERMIT_SECONDS = 2.0
"""How soon a stream ends when its session was ended; and nothing is sent after that, however soon it comes."""
COALESCED = {"token", "meter", "coverage"}
"""Kinds of which only the newest of a row counts."""
LAST = "over"

T = TypeVar("T")
Told = Callable[[LogEntry], str]
"""What an entry says: HTML for a page, JSON for a program."""


@dataclass(frozen=True)
class Event:
    id: int
    kind: str
    text: str

    def encode(self) -> str:
        data = "\n".join(f"data: {line}" for line in self.text.splitlines() if line.strip())
        return f"id: {self.id}\nevent: {self.kind}\n{data or 'data:'}\n\n"


def answer(events: AsyncIterator[str]) -> StreamingHttpResponse:
    """A response that is neither kept nor held back on its way."""
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def place(request: HttpRequest) -> int:
    """Where to go on: the reader's Last-Event-ID after a break, the page's own mark at first."""
    said = request.headers.get("Last-Event-ID") or request.GET.get("after", "0")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 9 else 0


async def follow(
    name: str,
    place: int,
    told: Told,
    *,
    life: float = LIFE_SECONDS,
    heartbeat: float = HEARTBEAT_SECONDS,
    permitted: Callable[[], bool] = lambda: True,
) -> AsyncIterator[str]:
    """The events of stream ``name`` after ``place``, for ``life`` seconds, until its last entry, or until it is not permitted."""
    yield f"retry: {RETRY_MS}\n\n"
    opened = spoke = came = looked = time.monotonic()
    while time.monotonic() - opened < life:
        events = await released(partial(read, name, place, told))
        if events or time.monotonic() - looked >= PERMIT_SECONDS:
            looked = time.monotonic()
            if not await released(permitted):
                return
        for event in events:
            yield event.encode()
            place = event.id
            if event.kind == LAST:
                return
        now = time.monotonic()
        if events:
            spoke = came = now
        elif now - spoke >= heartbeat:
            yield ": still here\n\n"
            spoke = now
        await asyncio.sleep(BUSY_SECONDS if now - came < 10 else IDLE_SECONDS)


def read(name: str, place: int, told: Told) -> list[Event]:
    """What came after ``place``. A row of entries that only renew the same part becomes one event with the last one's id."""
    entries = stream.after(name, place)
    kept = [
        entry
        for entry, following in zip_longest(entries, entries[1:])
        if not (following and entry.kind in COALESCED and entry.kind == following.kind)
    ]
    return [Event(entry.sequence, entry.kind, told(entry)) for entry in kept]


async def released(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread and give its database connection back at once; a stream that waits holds none."""

    def done() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(done, thread_sensitive=False)()
