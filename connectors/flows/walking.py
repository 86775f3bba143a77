"""What is in the folder: a walk from its root, by true parentage, that leaves out what leads outside and says so (N-17)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.border import Border
from connectors.contract import Entry, Provider, provider_of
from connectors.models import Connection
from connectors.troubles import FolderTrouble, NotThere

MAX_FILES, MAX_FOLDERS, MAX_DEPTH = 10_000, 2_000, 25


@dataclass(frozen=True)
class Found:
    """A file that the walk came by, or something it left out."""

    item: str
    name: str
    path: str
    """The folders it lies in, from the chosen one on."""
    size: int
    version: str
    media_type: str
    skip: str
    """Why it is not read, in a sentence; empty for what may be."""
    above: tuple[str, ...] = ()
    """Ids of the folders it lies in, below the chosen one. Only these are asked about when it is read."""


def walk(connection: Connection, border: Border) -> Iterator[Found]:
    """Everything in the folder, folder by folder. Raises what the border raises."""
    provider = provider_of(connection.kind)
    if connection.picked:
        yield from _picked(connection, border, provider)
        return
    waiting: deque[tuple[str, str, tuple[str, ...]]] = deque([(connection.folder, "", ())])
    seen, files = {connection.folder}, 0
    while waiting:
        folder, path, above = waiting.popleft()
        try:
            for entry in provider.children(border, connection.drive, folder):
                skip = entry.skip or _outside(entry, folder, connection, provider)
                if entry.is_folder and not skip:
                    skip = _too_far(entry, seen, len(above) + 1)
                    if not skip:
                        seen.add(entry.id)
                        waiting.append((entry.id, f"{path}{entry.name}/", (*above, entry.id)))
                        continue
                files += 1
                if files > MAX_FILES:
                    yield Found("", "Everything after it", path, 0, "", "", f"More than {MAX_FILES:,} files are not listed.")
                    return
                yield _found(entry, path, skip, above)
        except NotThere as error:
            if folder == connection.folder:
                raise FolderTrouble(
                    "The folder is not there any more, or may not be read. Look for it at the provider.", permanent=True
                ) from error
            yield Found(
                "", path.rstrip("/").rpartition("/")[2], path, 0, "", "", "This folder was moved away or may not be read."
            )


def _picked(connection: Connection, border: Border, provider: Provider) -> Iterator[Found]:
    for item in connection.folder.splitlines():
        try:
            entry = provider.entry(border, connection.drive, item)
        except NotThere as error:
            yield Found("", "A file you picked", "", 0, "", "", str(error))
            continue
        yield _found(entry, "", entry.skip or ("Folders are not opened, only files you picked." if entry.is_folder else ""))


def _found(entry: Entry, path: str, skip: str, above: tuple[str, ...] = ()) -> Found:
    return Found(entry.id, entry.name, path, entry.size, entry.version, entry.media_type, skip, above)


def _outside(entry: Entry, folder: str, connection: Connection, provider: Provider) -> str:
    if len(entry.parents) > 1:
        return "It lies in several folders at once, some of them outside."
    if not entry.parents or not provider.same_id(entry.parents[0], folder):
        return "The provider says that it lies elsewhere."
    if connection.drive and not provider.same_id(entry.drive, connection.drive):
        return "It lies in another drive."
    return ""


def _too_far(entry: Entry, seen: set[str], depth: int) -> str:
    if entry.id in seen:
        return "This folder was seen already; it is not walked twice."
    if depth >= MAX_DEPTH:
        return f"It lies deeper than {MAX_DEPTH} folders."
    if len(seen) >= MAX_FOLDERS:
        return f"More than {MAX_FOLDERS:,} folders are not walked."
    return ""
