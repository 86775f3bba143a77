"""One call warms the vendor's prompt cache, the others of the same prefix wait for its first token.

A cache entry can be read only once the writing call has produced its first token: calls that start together share nothing and
each pays for the prefix in full (design: warm first, then fan out). Known per process; two worker processes warm once each.
Touched on the event loop of ``llm.loop`` only.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

KEEPS_SECONDS = 270.0
"""The vendors keep an entry five minutes from its last use."""
MOST = 2_000

_warm: OrderedDict[tuple[int, str], float] = OrderedDict()
_warming: dict[tuple[int, str], asyncio.Event] = {}


WORTH_WAITING = 4_096
"""Tokens that are in nobody's cache yet. For fewer, paying them again is cheaper than the time of waiting for another call."""


@dataclass(frozen=True)
class Prefix:
    """A beginning of a prompt that others can read from the vendor's cache."""

    key: str
    """Of vendor, key, model and text."""
    tokens: int


class Ticket:
    """The right to send a call, for warming its prefix or because waiting for that is not worth it."""

    def __init__(self, prefixes: Sequence[Prefix] = (), warms: asyncio.Event | None = None) -> None:
        self._prefixes, self._warms = prefixes, warms

    def first_token(self) -> None:
        """The answer begins: from now on the prefix can be read by others."""
        loop = asyncio.get_running_loop()
        for prefix in self._prefixes:
            key = (id(loop), prefix.key)
            _warm[key] = loop.time() + KEEPS_SECONDS
            _warm.move_to_end(key)
        while len(_warm) > MOST:
            _warm.popitem(last=False)
        self.drop()

    def drop(self) -> None:
        """The call ended. One that failed before its first token lets the next one warm. Repeating it is harmless."""
        if self._warms is not None:
            for key in [key for key, event in _warming.items() if event is self._warms]:
                del _warming[key]
            self._warms.set()
            self._warms = None


async def ticket(prefixes: Sequence[Prefix], *, patience: float) -> Ticket:
    """Wait until the prefix is warm, or be the one that warms it; no waiting for little.

    ``prefixes`` are the beginnings of the prompt that others can read, the shortest first; none where they are too short to be
    cached. ``patience`` is how many seconds at most a call waits for another to warm.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while prefixes and _cold(prefixes, loop) >= WORTH_WAITING:
        key = (id(loop), prefixes[-1].key)
        other = _warming.get(key)
        if other is None:
            _warming[key] = asyncio.Event()
            return Ticket(prefixes, _warming[key])
        try:
            async with asyncio.timeout_at(until):
                await other.wait()
        except TimeoutError:
            break
    return Ticket(prefixes)


def _cold(prefixes: Sequence[Prefix], loop: asyncio.AbstractEventLoop) -> int:
    """Tokens of the longest prefix that nobody has written yet."""
    warm = (prefix.tokens for prefix in prefixes if _warm.get((id(loop), prefix.key), 0.0) > loop.time())
    return prefixes[-1].tokens - max(warm, default=0)
