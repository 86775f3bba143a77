"""How much of a process webhooks may take, so that slow receivers hold up neither the quick ones nor the writing of packages."""

from __future__ import annotations

import threading
import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """``at_once`` endpoints in all, ``per_host`` of one host, and only half of them for hosts that answered slowly or not at all.

    What finds no slot is remembered and named by ``next_in_line`` when one is free.
    """

    REMEMBERED = 1000

    def __init__(self, *, at_once: int, per_host: int = 2) -> None:
        self._at_once, self._per_host, self._for_slow = at_once, per_host, max(1, at_once // 2)
        self._held: Counter[str] = Counter()
        self._slow: OrderedDict[str, None] = OrderedDict()
        self._line: OrderedDict[uuid.UUID, None] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, host: str, endpoint: uuid.UUID) -> Iterator[bool]:
        """A slot for the block, or False where there is none."""
        with self._lock:
            free = self._is_free(host)
            if free:
                self._held[host] += 1
            elif len(self._line) < self.REMEMBERED:
                self._line[endpoint] = None
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._held[host] -= 1
                    if not self._held[host]:
                        del self._held[host]

    def note(self, host: str, *, slow: bool) -> None:
        """How it answered the last time."""
        with self._lock:
            self._slow.pop(host, None)
            if slow:
                self._slow[host] = None
                if len(self._slow) > self.REMEMBERED:
                    self._slow.popitem(last=False)

    def next_in_line(self) -> uuid.UUID | None:
        """The endpoint that has waited longest for a slot; it is no longer in line then."""
        with self._lock:
            return self._line.popitem(last=False)[0] if self._line else None

    def _is_free(self, host: str) -> bool:
        if self._held.total() >= self._at_once or self._held[host] >= self._per_host:
            return False
        return host not in self._slow or sum(n for name, n in self._held.items() if name in self._slow) < self._for_slow
