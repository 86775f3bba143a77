"""One heart per process and kind of work: it extends the leases of everything that is held here, and notices what was lost.

A thread of its own per piece of work would cost a worker with two hundred of them two hundred connections.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)


class Heart(Generic[K]):
    """Beats for as long as something is held.

    ``look`` is given what is held and returns what is no longer ours; ``extend`` is given what is held and extends its leases.
    Both run in the heart's own thread with its own database connection.
    """

    def __init__(
        self,
        name: str,
        *,
        look: Callable[[Collection[K]], Collection[K]],
        extend: Callable[[Collection[K]], None],
        look_seconds: Callable[[], float],
        extend_seconds: Callable[[], float],
    ) -> None:
        self._name, self._look, self._extend = name, look, extend
        self._look_seconds, self._extend_seconds = look_seconds, extend_seconds
        self._held: dict[K, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._pid = 0

    @contextmanager
    def holding(self, key: K, *, lost: Callable[[], None]) -> Iterator[None]:
        """Keep the lease of ``key`` alive for the length of the block; ``lost`` is called once when it is no longer ours.

        Inside a transaction there is nothing to keep: nobody else can see what it wrote, nor can the heart's own connection, so
        that it would take for lost what nobody can take.
        """
        if connection.in_atomic_block:
            yield
            return
        with self._lock:
            self._held[key] = lost
            if self._pid != os.getpid():
                # The first piece of work of this process, or of a fork of it.
                self._pid = os.getpid()
                threading.Thread(target=self._beat, name=self._name, daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(key, None)

    def _beat(self) -> None:
        extended = time.monotonic()
        while True:
            time.sleep(min(self._look_seconds(), self._extend_seconds()))
            with self._lock:
                held = dict(self._held)
                if not held:
                    self._pid = 0
                    return
            try:
                if time.monotonic() - extended >= self._extend_seconds():
                    self._extend(held.keys())
                    extended = time.monotonic()
                for key in self._look(held.keys()):
                    with self._lock:
                        lost = self._held.pop(key, None)
                    if lost is not None:
                        lost()
            except (OperationalError, InterfaceError):
                # Perhaps it comes back before the lease ends; if not, the fence decides.
                log.warning("The leases of %s could not be extended.", self._name, exc_info=True)
            finally:
                for one in connections.all(initialized_only=True):
                    one.close()
