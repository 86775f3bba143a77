"""Bytes wait in a file without a name: whatever ends the process, the kernel takes them away."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast


def unnamed(data: bytes) -> BinaryIO:
    """An open file that holds ``data`` and has no name in any folder."""
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  # its user closes it
    file.write(data)
    file.flush()
    file.seek(0)
    return file
