"""The event streams. They only follow rows of the durable log (``ground.stream``); whatever writes, writes there.

Each entry becomes one server-sent event (WHATWG HTML, 9.2) with the entry's sequence as its id, so that ``Last-Event-ID`` resumes
without loss or repetition. Between two looks no database connection is held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Session
from accounts.sessions import row_of
from accounts.zones import zone
from generation.models import Run
from generation.views import run_fragment
from ground import stream
from ground.models import LogEntry
from interviews.models import Interview
from interviews.views import interview_fragment

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
Fragment = Callable[[LogEntry], str]


@dataclass(frozen=True)
class Event:
    id: int
    kind: str
    html: str

    def encode(self) -> str:
        data = "\n".join(f"data: {line}" for line in self.html.splitlines() if line.strip())
        return f"id: {self.id}\nevent: {self.kind}\n{data or 'data:'}\n\n"


@require_safe
async def interview_events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The events of one interview."""

    def opened() -> tuple[str, Fragment]:
        interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
        return interview.stream, lambda entry: _on_their_clock(request, partial(interview_fragment, request, pk, entry))

    return await _opened(request, opened)


@require_safe
async def run_events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The events of one run."""

    def opened() -> tuple[str, Fragment]:
        run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
        return run.stream, lambda entry: _on_their_clock(request, partial(run_fragment, request, pk, entry))

    return await _opened(request, opened)


async def _opened(request: HttpRequest, opened: Callable[[], tuple[str, Fragment]]) -> HttpResponseBase:
    if not await _released(lambda: request.user.is_authenticated):
        return HttpResponse(status=401)
    name, fragment = await _released(opened)
    events = follow(name, _place(request), fragment, permitted=partial(_is_signed_in, request))
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def follow(
    name: str,
    place: int,
    fragment: Fragment,
    *,
    life: float = LIFE_SECONDS,
    heartbeat: float = HEARTBEAT_SECONDS,
    permitted: Callable[[], bool] = lambda: True,
) -> AsyncIterator[str]:
    """The events of stream ``name`` after ``place``, for ``life`` seconds, until its last entry, or until it is not permitted."""
    yield f"retry: {RETRY_MS}\n\n"
    opened = spoke = came = looked = time.monotonic()
    while time.monotonic() - opened < life:
        events = await _released(partial(read, name, place, fragment))
        if events or time.monotonic() - looked >= PERMIT_SECONDS:
            looked = time.monotonic()
            if not await _released(permitted):
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


def read(name: str, place: int, fragment: Fragment) -> list[Event]:
    """What came after ``place``. A row of entries that only renew the same part becomes one event with the last one's id."""
    entries = stream.after(name, place)
    kept = [
        entry
        for entry, following in zip_longest(entries, entries[1:])
        if not (following and entry.kind in COALESCED and entry.kind == following.kind)
    ]
    return [Event(entry.sequence, entry.kind, fragment(entry)) for entry in kept]


async def _released(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread and give its database connection back at once; a stream that waits holds none."""

    def done() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(done, thread_sensitive=False)()


def _is_signed_in(request: HttpRequest) -> bool:
    """Whether the session that opened the stream still stands: not ended, not run out, its account not switched off."""
    row = row_of(request)
    return row is not None and Session.objects.alive().filter(pk=row).exists()


def _on_their_clock(request: HttpRequest, fragment: Callable[[], str]) -> str:
    """Pieces of a page are written long after the middleware has set the person's time zone for the request."""
    with timezone.override(zone(request.user)):
        return fragment()


def _place(request: HttpRequest) -> int:
    """Where to go on: the browser's Last-Event-ID after a break, the page's own mark at first."""
    said = request.headers.get("Last-Event-ID") or request.GET.get("after", "0")
    return int(said) if said.isdecimal() else 0
