"""What many threads ask of the database at one moment is done together, in one transaction of one of them.

Twelve answers that arrive at once would else be twelve transactions that wait for the lock of one row, with some ten statements
each. Whoever comes first does what is there; what comes meanwhile is done next, by one of those who wait. Nobody waits for
company: a single one is done at once and alone. The method is known as flat combining (Hendler, Incze, Shavit and Tzafrir, SPAA
2010).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic, TypeVar, cast

from django.db import connection

from ground.connections import release_connections

A = TypeVar("A")
R = TypeVar("R")

MOST = 64
"""Done in one transaction: a larger one would keep the others waiting too long."""


class _Lead:
    """Says to one who waits that it is the next to do the work."""


@dataclass(eq=False)
class _Waiting(Generic[A, R]):
    item: A
    told: SimpleQueue[_Lead | _Done[R]] = field(default_factory=SimpleQueue)


@dataclass(frozen=True)
class _Done(Generic[R]):
    result: R | None = None
    error: BaseException | None = None

    def open(self) -> R:
        if self.error is not None:
            raise self.error
        return cast(R, self.result)


class Together(Generic[A, R]):
    """Calls of one kind.

    ``do`` is given some and returns their results in the same order; it does all of them or, when it raises, none. Then each is
    done alone, so that one that fails takes nobody with it. ``by`` says which of them may stand together. Inside a transaction
    nothing is shared: what the caller wrote must not be left to another thread. What ``do`` itself leads to, such as a task that
    is not sent but done at once, is done alone as well: its thread cannot wait for itself.
    """

    def __init__(self, do: Callable[[Sequence[A]], Sequence[R]], *, by: Callable[[A], Hashable] = lambda item: None) -> None:
        self._do, self._by = do, by
        self._lock = threading.Lock()
        self._queues: dict[Hashable, list[_Waiting[A, R]]] = {}
        self._here = threading.local()

    def __call__(self, item: A) -> R:
        """The result for ``item``; raises what doing it alone raises."""
        if connection.in_atomic_block or getattr(self._here, "at_work", False):
            return self._do([item])[0]
        mine: _Waiting[A, R] = _Waiting(item)
        key = self._by(item)
        with self._lock:
            leads = key not in self._queues
            self._queues.setdefault(key, []).append(mine)
        if not leads:
            # Who does the work needs one, and there are fewer than threads.
            release_connections()
            told = mine.told.get()
            if not isinstance(told, _Lead):
                return told.open()
        return self._lead(key, mine)

    def _lead(self, key: Hashable, mine: _Waiting[A, R]) -> R:
        with self._lock:
            batch = self._queues[key][:MOST]  # with mine, which is the first
        self._here.at_work = True
        try:
            ends = self._ends([one.item for one in batch])
        except BaseException as fault:  # noqa: BLE001  # the thread is to end: those who wait must not wait for ever
            ends = [_Done(error=fault)] * len(batch)
        finally:
            self._here.at_work = False
        with self._lock:
            rest = self._queues[key] = self._queues[key][len(batch) :]
            if not rest:
                del self._queues[key]
        for one, end in zip(batch, ends, strict=True):
            if one is not mine:
                one.told.put(end)
        if rest:
            rest[0].told.put(_Lead())
        return ends[0].open()

    def _ends(self, items: Sequence[A]) -> list[_Done[R]]:
        try:
            return [_Done(result) for result in self._do(items)]
        except Exception as error:  # noqa: BLE001  # goes to the one who asked
            if len(items) == 1:
                return [_Done(error=error)]
        return [end for item in items for end in self._ends([item])]
