"""The bytes of one file, after a climb from it to the root of the chosen folder (S-036): what was moved out is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO

from connectors.border import Border
from connectors.contract import Entry, Provider, provider_of
from connectors.models import Connection
from connectors.troubles import NotThere, TooLarge

FRESH_SECONDS = 15.0
"""How long a folder on the way up is taken to lie where it was found."""
MOVED = "It was moved since the folder was listed. Look into the folder again."


class Way:
    """What is known of the folders between files and the root. One for each reading; can be used from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Entry]] = {}
        self._lock = threading.Lock()

    def folder(self, border: Border, provider: Provider, drive: str, item: str) -> Entry:
        with self._lock:
            at, entry = self._known.get(item, (0.0, None))
        if entry is None or time.monotonic() - at > FRESH_SECONDS:
            entry = provider.entry(border, drive, item)
            with self._lock:
                self._known[item] = (time.monotonic(), entry)
        return entry


@contextmanager
def opened(
    connection: Connection, border: Border, item: str, *, above: Collection[str], way: Way, limit: int
) -> Iterator[tuple[Entry, IO[bytes]]]:
    """The file as it is now, and its bytes in a nameless file that is gone after the block. ``above``: as the walk found it.

    Raises ``NotThere`` with a sentence for what may not be read, ``TooLarge``, and what the border raises.
    """
    provider = provider_of(connection.kind)
    entry = climb(connection, border, item, above=above, way=way)
    if entry.size > limit:
        raise TooLarge
    with border.download(provider.content(entry), limit=limit) as file:
        yield entry, file


def climb(connection: Connection, border: Border, item: str, *, above: Collection[str], way: Way) -> Entry:
    """The file as it is now, if every folder above it still leads to the chosen one. Raises ``NotThere``.

    Asks about the file and the folders the walk found it in, and about nothing else: where it lies now, if it was moved, is not
    our business.
    """
    provider = provider_of(connection.kind)
    if connection.picked and item not in connection.folder.splitlines():
        raise NotThere(MOVED)
    entry = provider.entry(border, connection.drive, item)
    if entry.skip or entry.is_folder:
        raise NotThere(entry.skip or "It is a folder now.")
    if connection.picked:
        return entry
    at, left = entry, set(above)
    while True:
        elsewhere = bool(connection.drive) and not provider.same_id(at.drive, connection.drive)
        if len(at.parents) != 1 or elsewhere:
            raise NotThere(MOVED)
        parent = at.parents[0]
        if provider.same_id(parent, connection.folder):
            return entry
        known = next((one for one in left if provider.same_id(one, parent)), None)
        if known is None:
            raise NotThere(MOVED)
        left.discard(known)  # so that a ring comes to an end
        at = way.folder(border, provider, connection.drive, known)
        if at.skip or not at.is_folder:
            raise NotThere(MOVED)
