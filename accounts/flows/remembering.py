"""What was deleted is remembered as long as a backup may hold it, so that it can be deleted again after a restore (N-51).

A backup of the database still holds who was deleted after it. So each deletion leaves an entry in the file storage, which is not
restored with the database: the SHA-256 of the row's random id, under the day it happened. From the entry alone nobody finds
anybody; beside a restored row it says that the row has to go. An entry lives exactly as long as the oldest backup.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import periods
from ground import clock

FOLDER = "redeletion"
MARK = 64
"""Characters of a mark: SHA-256, hexadecimal."""
Entry = dict[str, Any]


def mark_of(row: uuid.UUID) -> str:
    """What an entry holds of a row."""
    return hashlib.sha256(row.bytes).hexdigest()


def note(mark: str, about: Entry | None = None) -> None:
    """Write the entry of a deletion; again is harmless. Raises what the file storage raises."""
    name = f"{FOLDER}/{clock.today().isoformat()}/{mark}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(json.dumps(about or {}).encode()))


def listed() -> dict[str, Entry]:
    """Every entry by its mark."""
    found = {}
    for day in _days():
        for name in _files(day):
            with default_storage.open(f"{FOLDER}/{day}/{name}") as file:
                found[name[:MARK]] = json.loads(file.read())
    return found


def trim() -> int:
    """Delete the entries that are older than the oldest backup. How many."""
    oldest = (clock.today() - periods.REDELETION.length).isoformat()
    gone = 0
    for day in _days():
        for name in _files(day) if day < oldest else []:
            default_storage.delete(f"{FOLDER}/{day}/{name}")
            gone += 1
    return gone


def _days() -> list[str]:
    try:
        return sorted(default_storage.listdir(FOLDER)[0])
    except FileNotFoundError:
        return []


def _files(day: str) -> list[str]:
    return sorted(default_storage.listdir(f"{FOLDER}/{day}")[1])
