"""The one event loop of this process on which model vendors are waited for.

Flows are ordinary blocking code in threads; what waits for a vendor is a coroutine here. So a total time limit is exact, a call
can be stopped at any moment, connections are shared, and two hundred waiting calls cost two hundred idle threads and one busy
one.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from llm.errors import Stopped

T = TypeVar("T")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}
"""By process id: a forked worker must not wait on the loop of its parent."""


class Stop:
    """Says from any thread that an answer is no longer wanted. What is set stays set."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._then: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        return self._set.is_set()

    def set(self) -> None:
        """Stop the call that waits under this sign, and refuse every later one."""
        with self._lock:
            self._set.set()
            then, self._then = self._then, []
        for act in then:
            act()

    def check(self) -> None:
        """Raises ``Stopped`` when it is set."""
        if self.is_set:
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until it is set. Raises ``Stopped``."""
        if self._set.wait(seconds):
            raise Stopped

    def calls(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when it is set, at once if it is already; returns how to take that back."""
        with self._lock:
            if not self._set.is_set():
                self._then.append(act)
                return lambda: self._forget(act)
        act()
        return lambda: None

    def _forget(self, act: Callable[[], None]) -> None:
        with self._lock:
            if act in self._then:
                self._then.remove(act)


def run(work: Coroutine[Any, Any, T], *, stop: Stop | None = None) -> T:
    """What ``work`` returns or raises, waited for in this thread. Raises ``Stopped`` when ``stop`` is set in between."""
    future: Future[T] = asyncio.run_coroutine_threadsafe(work, _loop())
    forget = stop.calls(lambda: _cancel(future)) if stop else None
    try:
        return future.result()
    except CancelledError:
        raise Stopped from None
    finally:
        if forget is not None:
            forget()


def later(work: Coroutine[Any, Any, None]) -> None:
    """Do ``work`` on the loop without waiting for it. It has to deal with its own failures."""
    asyncio.run_coroutine_threadsafe(work, _loop())


def soon(act: Callable[[], None]) -> None:
    """Call ``act`` on the loop, without waiting for it."""
    _loop().call_soon_threadsafe(act)


def _cancel(future: Future[Any]) -> None:
    # The coroutine's task is cancelled with it: the connection is closed and the vendor stops writing.
    future.cancel()


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="model vendors", daemon=True).start()
            _loops[os.getpid()] = loop
        return loop
