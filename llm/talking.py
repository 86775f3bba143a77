"""The attempts of one call at one vendor: turns in the lane, retries with patience, answers fetched from the background.

Flows run in threads; each method that waits for a vendor runs its coroutine on ``llm.loop``, with no database connection held.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings

from ground.connections import release_connections
from llm import lanes, loop, warming
from llm.adapters.base import Adapter, Begun, Reply, Request, ResponseFailed, ResponseGone
from llm.adapters.http import redaction as counting
from llm.errors import Limits, ModelBusy, ModelFailed, OutOfTime, Parked, Stopped, Usage
from llm.loop import Stop
from llm.redaction.replacing import Redaction
from llm.warming import Prefix

log = logging.getLogger(__name__)
T = TypeVar("T")
A = TypeVar("A", Reply, Begun)

ATTEMPTS = 5
"""Most often one message is sent after temporary failures."""
SILENT_ATTEMPTS = 2
"""Most often when the vendor says nothing at all: each costs the whole patience for silence."""
LONGEST_TURN = 120.0
"""Seconds by which waiting for a turn may lengthen a call beyond its own deadline."""
LONG_CALL_SECONDS = 120.0
"""A call with at least this much time is written in the background where the vendor can."""
FIRST_POLL, LONGEST_POLL = 0.02, 2.0
POLL_SHARE = 0.05
USUAL_SHARE = 0.8
"""The wait until the next look, as a share of the time since the start: looking costs at most this much of it."""


_took: dict[str, deque[float]] = {}
"""Seconds that the last answers in the background took, by lane. Long before the quickest of them no look is worth its price."""


@dataclass(frozen=True)
class Place:
    """Where a call is sent from."""

    adapter: Adapter
    lane: str
    """Vendor and key, without the key."""
    workspace: uuid.UUID
    prefixes: tuple[Prefix, ...]
    """What calls share in the vendor's cache; none when it is too short."""
    deadline_seconds: float
    stop: Stop


class Talk:
    """What was sent for one call, and what it cost together."""

    def __init__(self, place: Place, redaction: Redaction) -> None:
        self.place, self.redaction = place, redaction
        self.attempts = 0
        self.usage = Usage()
        self.model = ""
        self.response_id = ""
        """Of an answer that still lies at the vendor; to be discarded once it is committed here."""
        self.kept = ""
        """Of an answer that was bought and could not be fetched."""
        self._until: float | None = None

    def ask(self, request: Request, *, note_response: Callable[[str], None], response_id: str = "") -> Reply:
        """A whole answer. ``note_response`` commits the id of an answer in the background before it is waited for;
        ``response_id`` is of one that was begun before."""
        adapter = self.place.adapter
        if adapter.outside:
            release_connections()
        if response_id or (adapter.in_background and self.place.deadline_seconds >= LONG_CALL_SECONDS):
            return self._from_background(request, note_response, response_id)
        return self._run(self._streamed(request))

    def discard(self) -> None:
        """Have the vendor forget the answer it stored, without waiting for that. Only once the answer is committed here."""
        if self.response_id:
            loop.later(_discard(self.place.adapter, self.response_id, False, self.redaction))
            self.response_id = ""

    # --- streamed ---------------------------------------------------------------------------------------------------------

    async def _streamed(self, request: Request) -> Reply:
        ticket = await self._ticket()
        try:
            return await self._patiently(lambda: self.place.adapter.answer(request, ticket.first_token))
        finally:
            ticket.drop()

    # --- background -------------------------------------------------------------------------------------------------------

    def _from_background(self, request: Request, note_response: Callable[[str], None], response_id: str) -> Reply:
        for attempt in range(1, ATTEMPTS + 1):
            if not response_id:
                ticket = self._run(self._ticket())
                try:
                    response_id = self._run(self._patiently(lambda: self.place.adapter.begin(request))).response_id
                except BaseException:
                    loop.soon(ticket.drop)
                    raise
                note_response(response_id)
                release_connections()
            else:
                ticket = warming.Ticket()
            try:
                reply = self._run(self._collected(response_id, ticket))
            except Stopped:
                loop.later(_discard(self.place.adapter, response_id, True, self.redaction))
                raise
            except ModelBusy:
                # The vendor cannot say how it stands. It is bought: the next asker looks again instead of buying another.
                self.kept = response_id
                raise
            except (ResponseFailed, ResponseGone) as end:
                note_response("")
                release_connections()
                response_id = ""
                if isinstance(end, ResponseFailed):
                    if attempt == ATTEMPTS:
                        raise end.failure from end
                    self.place.stop.wait(settings.LLM_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
                continue
            finally:
                loop.soon(ticket.drop)
            self.response_id = response_id
            return reply
        raise ModelBusy

    def _until_next_look(self, waited: float, looks: int) -> float:
        """Seconds. The first look is early, as an answer may have been there before; the next ones when it is to be expected."""
        usual = USUAL_SHARE * min(_took.get(self.place.lane, ()), default=0.0)
        pause = usual - waited if looks and waited < usual else POLL_SHARE * waited
        return min(max(FIRST_POLL, pause), LONGEST_POLL)

    async def _collected(self, response_id: str, ticket: warming.Ticket) -> Reply:
        clock = asyncio.get_running_loop().time
        began, silent, looks = clock(), 0, 0
        counting.set(self.redaction)
        while True:
            await asyncio.sleep(self._until_next_look(clock() - began, looks))
            looks += 1
            try:
                async with asyncio.timeout_at(self._deadline()):
                    reply = await self.place.adapter.collect(response_id)
            except TimeoutError:
                await _discard(self.place.adapter, response_id, True, self.redaction)
                raise OutOfTime(usage=self.usage) from None
            except ResponseFailed as end:
                self.usage += end.failure.usage
                raise
            except ModelBusy as failure:
                silent += 1
                if silent > ATTEMPTS or (failure.silent and silent >= SILENT_ATTEMPTS):
                    raise _put_aside(failure) from failure
                await asyncio.sleep(min(failure.retry_after or settings.LLM_FIRST_WAIT_SECONDS * 2**silent, lanes.LONGEST_WAIT))
                continue
            except ModelFailed as failure:
                self.usage += failure.usage
                raise
            ticket.first_token()
            if reply is not None:
                if looks > 1:
                    # One that was there at the first look may have been begun by somebody else long ago.
                    _took.setdefault(self.place.lane, deque(maxlen=8)).append(clock() - began)
                self._lane().heard(reply.limits)
                self._book(reply)
                return reply

    # --- patience ---------------------------------------------------------------------------------------------------------

    async def _patiently(self, attempt: Callable[[], Coroutine[Any, Any, A]]) -> A:
        """What ``attempt`` returns, tried again after temporary failures until time, attempts or patience end."""
        lane, silent = self._lane(), 0
        clock = asyncio.get_running_loop().time
        counting.set(self.redaction)
        for number in range(1, ATTEMPTS + 1):
            if lane.is_broken:
                raise ModelBusy(
                    "The model vendor failed several times in a row, so nothing is sent to it for a short while. Try again in a "
                    "few minutes; nothing that was written is lost.",
                    retry_after=max(0.0, lane.resumes_at - clock()),
                )
            asked = clock()
            async with lane.turn(self.place.workspace):
                self._lengthen(clock() - asked)
                self.attempts += 1
                try:
                    async with asyncio.timeout_at(self._deadline()):
                        answer = await attempt()
                except TimeoutError:
                    lane.failed()
                    raise OutOfTime from None
                except ModelFailed as failure:
                    self.usage += failure.usage
                    self._tell(lane, failure)
                    silent += failure.silent
                    last = number == ATTEMPTS or silent >= SILENT_ATTEMPTS
                    if failure.permanent or isinstance(failure, OutOfTime) or last:
                        raise _put_aside(failure) from failure
                    pause = self._pause(failure, number)
                else:
                    lane.heard(answer.limits)
                    if isinstance(answer, Reply):
                        self._book(answer)
                    return answer
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    @staticmethod
    def _tell(lane: lanes.Lane, failure: ModelFailed) -> None:
        if isinstance(failure, ModelBusy) and failure.limited:
            lane.refused(failure.limits, failure.retry_after or 0.0)
        elif isinstance(failure, ModelBusy):
            lane.failed()
        else:
            lane.heard(Limits())

    def _pause(self, failure: ModelFailed, number: int) -> float:
        # Jitter spreads the calls of many workers that were refused at the same moment.
        pause: float = settings.LLM_FIRST_WAIT_SECONDS * 2 ** (number - 1) * random.uniform(0.5, 1.5)  # noqa: S311  # not for secrecy
        pause = max(pause, failure.retry_after or 0.0)
        if pause > lanes.LONGEST_WAIT:
            raise lanes.parked(pause) from failure
        if pause >= self._deadline() - asyncio.get_running_loop().time():
            # Waiting would outlast the call: its own failure says more than "out of time".
            raise failure
        return pause

    def _deadline(self) -> float:
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self.place.deadline_seconds
        return self._until

    def _lengthen(self, seconds: float) -> None:
        """Waiting for a turn is not the vendor's time."""
        self._until = self._deadline() + min(seconds, LONGEST_TURN)

    async def _ticket(self) -> warming.Ticket:
        asked = asyncio.get_running_loop().time()
        ticket = await warming.ticket(self.place.prefixes, patience=settings.LLM_WARM_SECONDS)
        self._lengthen(asyncio.get_running_loop().time() - asked)
        return ticket

    def _book(self, reply: Reply) -> None:
        self.usage += reply.usage
        self.model = reply.model or self.model

    def _lane(self) -> lanes.Lane:
        return lanes.lane(self.place.lane, at_once=settings.LLM_AT_ONCE)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return loop.run(work, stop=self.place.stop)


def _put_aside(failure: ModelFailed) -> ModelFailed:
    """A vendor that still limits us after all attempts is waited for by the step, not by the worker."""
    if isinstance(failure, ModelBusy) and failure.limited and not isinstance(failure, Parked):
        return lanes.parked(failure.retry_after or lanes.FIRST_BREAK, usage=failure.usage)
    return failure


async def _discard(adapter: Adapter, response_id: str, unfinished: bool, redaction: Redaction) -> None:
    counting.set(redaction)
    try:
        async with asyncio.timeout(settings.LLM_SILENCE_SECONDS):
            await adapter.discard(response_id, unfinished=unfinished)
    except (ModelFailed, ResponseGone, TimeoutError) as error:
        # The vendor deletes it by itself after its own period.
        log.warning("An answer that was fetched could not be deleted at the vendor: %s", type(error).__name__)
