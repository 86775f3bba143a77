"""One lane per vendor and key: who may send when.

A lane belongs to the event loop of ``llm.loop`` and is touched there only, so it needs no lock. It keeps four things:

- **fairness**: workspaces take turns, however many calls one of them has waiting;
- **pace**: what the vendor says about its limit (requests left, requests a minute) is kept to before it has to refuse;
- **pauses**: a ``retry-after`` holds for every call of the lane, not only for the one that heard it;
- **a breaker**: after several failures in a row nothing is sent for a while, then one call tries whether the vendor is back.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from llm.errors import Limits, Parked, Usage

LONGEST_WAIT = 60.0
"""Seconds. A call that would have to wait longer for its turn, or is told to, is put aside instead of holding a worker."""
BREAKS_AFTER = 8
"""Failures in a row, of any calls of the lane."""
FIRST_BREAK = 5.0
LONGEST_BREAK = 60.0
MARGIN = 1.01
"""Sending a little slower than the limit keeps clocks that differ from causing refusals."""


@dataclass
class Lane:
    """The state of one vendor and key."""

    name: str
    at_once: int
    in_flight: int = 0
    resumes_at: float = 0.0
    """On the loop's clock: nothing is sent before."""
    failures: int = 0
    """In a row."""
    trying: bool = False
    """The breaker is open and one call is trying."""
    per_second: float | None = None
    """The vendor's limit once it is known; None lets everything pass."""
    burst: float = 0.0
    left: float = 0.0
    counted_at: float = 0.0
    waiting: OrderedDict[uuid.UUID, deque[asyncio.Future[None]]] = field(default_factory=OrderedDict)
    """By workspace, in the order in which they take turns."""
    _timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, workspace: uuid.UUID) -> AsyncIterator[None]:
        """Hold a place in the lane. Raises ``Parked`` when the turn would come later than a worker should wait."""
        late = self._expected_wait()
        if late > LONGEST_WAIT:
            raise parked(late)
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(workspace, deque()).append(mine)
        self._admit()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._leave()
            else:
                self._withdraw(workspace, mine)
            raise
        try:
            yield
        finally:
            self._leave()

    def heard(self, limits: Limits) -> None:
        """An answer came: the vendor is there, and says how much is left."""
        self.failures, self.trying = 0, False
        if limits.per_minute:
            now = self._now()
            self._refill(now)
            per_second = limits.per_minute / 60.0 / MARGIN
            if self.per_second is None or limits.per_minute != self.burst:
                self.per_second, self.burst, self.counted_at = per_second, limits.per_minute, now
                self.left = limits.per_minute if limits.left is None else limits.left
            elif limits.left is not None:
                # The vendor counts all processes, this lane only its own: the lower figure is the safe one.
                self.left = min(self.left, limits.left)
        self._admit()

    def refused(self, limits: Limits, retry_after: float) -> None:
        """The vendor limits us: nothing is sent for ``retry_after`` seconds, then at its pace."""
        self.trying = False
        self.heard(limits)
        self.left = 0.0
        self.counted_at = max(self.counted_at, self._now())
        self.pause(min(retry_after, LONGEST_WAIT))

    def pause(self, seconds: float) -> None:
        """Send nothing for ``seconds``."""
        self.resumes_at = max(self.resumes_at, self._now() + seconds)
        self._wake_in(seconds)

    def failed(self) -> None:
        """A failure of the vendor's own. After several in a row the breaker opens."""
        self.failures += 1
        self.trying = False
        if self.failures >= BREAKS_AFTER:
            self.pause(min(FIRST_BREAK * 2 ** (self.failures - BREAKS_AFTER), LONGEST_BREAK))

    @property
    def is_broken(self) -> bool:
        """The breaker is open: the vendor failed several times in a row and its pause is not over."""
        return self.failures >= BREAKS_AFTER and (self._now() < self.resumes_at or self.trying)

    # --- inside -----------------------------------------------------------------------------------------------------------

    def _admit(self) -> None:
        now = self._now()
        self._refill(now)
        while self.waiting:
            if now < self.resumes_at:
                self._wake_in(self.resumes_at - now)
                return
            if self.in_flight >= self.at_once or (self.failures >= BREAKS_AFTER and self.trying):
                return
            if self.per_second is not None and self.left < 1.0:
                self._wake_in((1.0 - self.left) / self.per_second)
                return
            self._let_one_pass()

    def _let_one_pass(self) -> None:
        workspace, queue = next(iter(self.waiting.items()))
        first = queue.popleft()
        if queue:
            self.waiting.move_to_end(workspace)
        else:
            del self.waiting[workspace]
        if first.done():
            return
        self.in_flight += 1
        self.trying = self.failures >= BREAKS_AFTER
        if self.per_second is not None:
            self.left -= 1.0
        first.set_result(None)

    def _leave(self) -> None:
        self.in_flight -= 1
        self.trying = False
        self._admit()

    def _withdraw(self, workspace: uuid.UUID, mine: asyncio.Future[None]) -> None:
        queue = self.waiting.get(workspace)
        if queue is not None and mine in queue:
            queue.remove(mine)
            if not queue:
                del self.waiting[workspace]

    def _refill(self, now: float) -> None:
        if self.per_second is not None:
            self.left = min(self.burst, self.left + max(0.0, now - self.counted_at) * self.per_second)
        self.counted_at = max(now, self.counted_at)

    def _expected_wait(self) -> float:
        now = self._now()
        self._refill(now)
        pause = max(0.0, self.resumes_at - now)
        if self.per_second is None:
            return pause
        before = sum(len(queue) for queue in self.waiting.values())
        return pause + max(0.0, before + 1 - self.left) / self.per_second

    def _wake_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + max(seconds, 0.0) + 0.001
        if self._timer is not None and not self._timer.cancelled() and loop.time() < self._timer.when() <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(at, self._admit)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def parked(seconds: float, *, usage: Usage | None = None) -> Parked:
    """The failure of a call that has to wait this long."""
    return Parked(
        f"The model vendor asks us to wait {seconds:.0f} seconds. This goes on by itself; nothing that was written is lost.",
        usage=usage,
        retry_after=seconds,
    )


_lanes: dict[tuple[int, str], Lane] = {}


def lane(name: str, *, at_once: int) -> Lane:
    """The lane of a vendor and key on this loop. ``name`` holds no secret: vendor, address and the key's number or digest."""
    key = (id(asyncio.get_running_loop()), name)
    found = _lanes.get(key)
    if found is None:
        found = _lanes[key] = Lane(name, at_once)
    return found
