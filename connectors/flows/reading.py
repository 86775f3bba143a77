"""The bytes of one file, after a look down from the chosen folder to it (S-036): what was moved out is refused.

Nothing is asked but listings of the folders on the way and the content itself (S-042).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from connectors.border import Border
from connectors.contract import Entry, Provider, provider_of
from connectors.models import Connection
from connectors.troubles import NotThere, TooLarge

FRESH_SECONDS = 15.0
"""How long a folder on the way down is taken to lie where it was found."""
FILES_FRESH_SECONDS = 3.0
"""The same for the file itself, whose folder may hold many that are read one after the other."""
MOVED = "It was moved since the folder was listed, or deleted. Look into the folder again."


class Way:
    """What is known of the folders between files and the root. One for each reading; can be used from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, list[Entry]]] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}

    def listed(self, border: Border, provider: Provider, drive: str, folder: str, *, fresh: float) -> list[Entry]:
        """What lies in a folder, as it was at most ``fresh`` seconds ago. Several who ask at once have it listed once."""
        with self._lock:
            turn = self._turns.setdefault(folder, threading.Lock())
        with turn:
            at, entries = self._known.get(folder, (0.0, []))
            if folder not in self._known or time.monotonic() - at > fresh:
                at, entries = time.monotonic(), list(provider.children(border, drive, folder))
                self._known[folder] = (at, entries)
            return entries


@contextmanager
def opened(
    connection: Connection, border: Border, item: str, *, above: Sequence[str], way: Way, limit: int
) -> Iterator[tuple[Entry, IO[bytes]]]:
    """The file as it is now, and its bytes in a nameless file that is gone after the block. ``above``: as the walk found it.

    Raises ``NotThere`` with a sentence for what may not be read, ``TooLarge``, and what the border raises.
    """
    provider = provider_of(connection.kind)
    entry = found(connection, border, item, above=above, way=way)
    if entry.size > limit:
        raise TooLarge
    with border.download(provider.content(entry), limit=limit) as file:
        yield entry, file


def found(connection: Connection, border: Border, item: str, *, above: Sequence[str], way: Way) -> Entry:
    """The file as it is now, if the folders that the walk went through still lead to it. Raises ``NotThere``.

    Where it lies now, if it was moved, is not our business, and is not asked.
    """
    provider = provider_of(connection.kind)
    if not provider.knows_id(item):
        raise NotThere(MOVED)
    if connection.picked:
        entry = _picked(connection, border, provider, item)
    else:
        entry = _looked_down(connection, border, provider, item, above=above, way=way)
    if entry.skip or entry.is_folder:
        raise NotThere(entry.skip or "It is a folder now.")
    return entry


def _picked(connection: Connection, border: Border, provider: Provider, item: str) -> Entry:
    """Where single files were picked there is no folder to list: the file is asked about itself."""
    if item not in connection.folder.splitlines():
        raise NotThere(MOVED)
    return provider.entry(border, connection.drive, item)


def _looked_down(
    connection: Connection, border: Border, provider: Provider, item: str, *, above: Sequence[str], way: Way
) -> Entry:
    folder = connection.folder
    for inner in above:
        entry = _in(connection, border, provider, folder, inner, way=way, fresh=FRESH_SECONDS)
        if entry.skip or not entry.is_folder:
            raise NotThere(MOVED)
        folder = entry.id
    return _in(connection, border, provider, folder, item, way=way, fresh=FILES_FRESH_SECONDS)


def _in(connection: Connection, border: Border, provider: Provider, folder: str, item: str, *, way: Way, fresh: float) -> Entry:
    """One entry of a listing, if it lies there and nowhere else."""
    for entry in way.listed(border, provider, connection.drive, folder, fresh=fresh):
        if provider.same_id(entry.id, item):
            elsewhere = bool(connection.drive) and not provider.same_id(entry.drive, connection.drive)
            if elsewhere or len(entry.parents) != 1 or not provider.same_id(entry.parents[0], folder):
                raise NotThere(MOVED)
            return entry
    raise NotThere(MOVED)
