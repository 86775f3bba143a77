"""One call warms the vendor's prompt cache, the others of the same prefix wait for its first token.

A cache entry can be read only once the writing call has produced its first token: calls that start together share nothing and
each pays for the prefix in full (design: warm first, then fan out). Known per process; two worker processes warm once each.
Touched on the event loop of ``llm.loop`` only.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

KEEPS_SECONDS = 270.0
"""The vendors keep an entry five minutes from its last use."""
MOST = 2_000

_warm: OrderedDict[tuple[int, str], float] = OrderedDict()
_warming: dict[tuple[int, str], asyncio.Event] = {}


class Ticket:
    """The right to send a call with a certain prefix, for warming it or because it is warm."""

    def __init__(self, key: tuple[int, str] | None, warms: asyncio.Event | None) -> None:
        self._key, self._warms = key, warms

    def first_token(self) -> None:
        """The answer begins: from now on the prefix can be read by others."""
        if self._key is not None:
            _warm[self._key] = asyncio.get_running_loop().time() + KEEPS_SECONDS
            _warm.move_to_end(self._key)
            while len(_warm) > MOST:
                _warm.popitem(last=False)
            self.drop()

    def drop(self) -> None:
        """The call ended. One that failed before its first token lets the next one warm. Repeating it is harmless."""
        if self._warms is not None:
            if self._key is not None and _warming.get(self._key) is self._warms:
                del _warming[self._key]
            self._warms.set()
            self._warms = None


async def ticket(sha256: str, *, patience: float) -> Ticket:
    """Wait until the prefix is warm, or be the one that warms it.

    ``sha256`` is of vendor, key, model and prefix; empty for a prefix that is too short to be cached. ``patience`` is how many
    seconds at most a call waits for another to warm.
    """
    if not sha256:
        return Ticket(None, None)
    loop = asyncio.get_running_loop()
    key, until = (id(loop), sha256), loop.time() + patience
    while _warm.get(key, 0.0) <= loop.time():
        other = _warming.get(key)
        if other is None:
            _warming[key] = asyncio.Event()
            return Ticket(key, _warming[key])
        try:
            async with asyncio.timeout_at(until):
                await other.wait()
        except TimeoutError:
            break
    return Ticket(key, None)
