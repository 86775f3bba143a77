"""Images: their size in pixels, read from the header. No pixel is ever unpacked."""

from __future__ import annotations

import struct
from typing import BinaryIO

_FRAMES = {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
"""JPEG markers that begin a frame (ITU-T T.81, table B.1)."""


def size_of(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height; None where the header does not say it plainly."""
    file.seek(0)
    head = file.read(32)
    if head.startswith(b"\x89PNG") and head[12:16] == b"IHDR":
        width, height = struct.unpack(">II", head[16:24])
        return int(width), int(height)
    if head.startswith(b"GIF8"):
        width, height = struct.unpack("<HH", head[6:10])
        return int(width), int(height)
    if head.startswith(b"BM") and len(head) >= 26:
        width, height = struct.unpack("<ii", head[18:26])
        return abs(int(width)), abs(int(height))
    return _of_jpeg(file) if head.startswith(b"\xff\xd8") else None


def _of_jpeg(file: BinaryIO) -> tuple[int, int] | None:
    file.seek(2)
    for _ in range(500):
        mark = file.read(4)
        if len(mark) < 4 or mark[0] != 0xFF:
            return None
        length = int.from_bytes(mark[2:4], "big")
        if mark[1] in _FRAMES:
            frame = file.read(5)
            return (int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")) if len(frame) == 5 else None
        file.seek(length - 2, 1)
    return None
