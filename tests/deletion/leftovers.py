"""Where something of a person may be left, searched for in every form it can have.

Places: the database, Redis, the file storage, the temporary folder, the log. Forms: plain, JSON, URL, hexadecimal, backwards,
base64 at each alignment, and each of these inside zip, gzip and zlib, also where that is base64 or hexadecimal again.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import io
import logging
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from specstep.logs import Redacting
from tests.wire_stub.records import forms

PACKED = (b"PK", b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""How zip, gzip and the levels of zlib begin."""
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
DEEPEST = 4
Pieces = Iterator[tuple[str, bytes]]


class Places:
    """All the places of one test; ``left`` says in which of them something stands."""

    def __init__(self, blobs: Path, temporary: Path, log: Path) -> None:
        self.folders = {"files": blobs, "temporary folder": temporary, "log": log}

    def left(self, *words: str) -> set[str]:
        """The tables, keys and files in which some form of some of these stands."""
        wanted = [form.lower() for word in words for form in forms(word)]
        return {place for place, raw in self._pieces() if holds(raw, wanted)}

    def _pieces(self) -> Pieces:
        yield from _database()
        yield from _redis()
        for name, folder in self.folders.items():
            for path in sorted(folder.rglob("*")):
                yield f"{name}: {path.name}", str(path.relative_to(folder)).encode()
                if path.is_file():
                    yield f"{name}: {path.name}", path.read_bytes()


@pytest.fixture
def places(settings: Settings, tmp_path: Path) -> Iterator[Places]:
    """File storage, temporary files and log go to folders of this test."""
    blobs, temporary, log = (tmp_path / name for name in ("blobs", "temporary", "log"))
    for folder in (blobs, temporary, log):
        folder.mkdir()
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": {"location": str(blobs)}}}
    handler = logging.FileHandler(log / "service.log", encoding="utf-8")
    handler.setFormatter(Redacting("%(levelname)s %(name)s %(message)s"))
    root, before = logging.getLogger(), tempfile.tempdir
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    tempfile.tempdir = str(temporary)
    yield Places(blobs, temporary, log)
    tempfile.tempdir = before
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def holds(raw: bytes, wanted: Iterable[bytes]) -> bool:
    return any(form in layer for layer in (one.lower() for one in layers(raw)) for form in wanted)


def layers(raw: bytes, deep: int = 0) -> Iterator[bytes]:
    """``raw``, and what is packed in it."""
    yield raw
    if deep == DEEPEST:
        return
    if b"\\\\" in raw:  # JSON within JSON
        yield raw.replace(b"\\\\", b"\\")
    for inner in _unpacked(raw):
        yield from layers(inner, deep + 1)
    for run in BASE64.findall(raw):
        for decoded in (_from_base64(run), _from_hex(run)):
            if decoded.startswith(PACKED):
                yield from layers(decoded, deep + 1)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    with contextlib.suppress(zipfile.BadZipFile, zlib.error, EOFError, OSError):
        if raw.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                for name in archive.namelist():
                    yield name.encode() + b"\n"
                    yield archive.read(name)
        elif raw.startswith(b"\x1f\x8b"):
            yield gzip.decompress(raw)
        elif raw.startswith(PACKED):
            yield zlib.decompress(raw)


def _from_base64(run: bytes) -> bytes:
    text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    return b""


def _from_hex(run: bytes) -> bytes:
    with contextlib.suppress(ValueError, UnicodeDecodeError):
        return bytes.fromhex(run.decode())
    return b""


def _database() -> Pieces:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            plain = []
            for row in cursor.fetchall():
                for value in row:
                    raw = value.tobytes() if isinstance(value, memoryview) else value
                    if isinstance(raw, bytes):
                        yield table, raw
                    elif raw is not None:
                        plain.append(str(raw).encode())
                    # The payload of a signed session: a dot before its base64 says that it is compressed.
                    if isinstance(raw, str) and ":" in raw:
                        plain.append(raw.split(":")[0].removeprefix(".").encode())
            yield table, b"\n".join(plain)


def _redis() -> Pieces:
    if not settings.REDIS_URL:
        return
    store: Any = redis.Redis.from_url(settings.REDIS_URL)
    for key in store.scan_iter():
        kind = store.type(key)
        values: list[bytes] = [key]
        if kind == b"string":
            values.append(bytes(store.get(key) or b""))
        elif kind == b"hash":
            values += [part for pair in store.hgetall(key).items() for part in pair]
        elif kind == b"list":
            values += store.lrange(key, 0, -1)
        else:
            values.append(bytes(store.dump(key) or b""))
        for value in values:
            yield f"redis: {key.decode(errors='replace')}", value
