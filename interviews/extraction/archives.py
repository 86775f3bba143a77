"""The guard of ZIP files: what the central directory declares is held against limits before anything is unpacked.

Sizes that lie are met twice more: ``zipfile`` never unpacks more of a member than it declares and checks its sum, and the child
process has its limits of memory and time.
"""

from __future__ import annotations

import re
import zipfile
from typing import Any, BinaryIO, cast

from interviews.extraction import limits
from interviews.extraction.faults import Fault

_LEADS_OUT = re.compile(r"(?:\A|[/\\])\.\.(?:[/\\]|\Z)|\A[/\\]|\A[A-Za-z]:[/\\]")


def directory_of(file: BinaryIO) -> zipfile.ZipFile:
    """The archive in ``file``, looked at and not unpacked.

    Raises ``Fault``: damaged, encrypted, too many members, paths that lead out, or more than a document holds.
    """
    try:
        file.seek(0)
        archive = zipfile.ZipFile(cast(BinaryIO, _Beginning(file)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise Fault("damaged") from None
    archive.fp = file
    try:
        _look(archive, _size(file))
    except BaseException:
        archive.close()
        raise
    return archive


class _Beginning:
    """The file while its directory is read, which ``zipfile`` does in one piece. A larger one is not unfolded into rows."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        if size > limits.MAX_DIRECTORY_BYTES:
            raise Fault("directory")
        return self._file.read(size)


def _look(archive: zipfile.ZipFile, size: int) -> None:
    members = archive.infolist()
    if len(members) > limits.MAX_MEMBERS:
        raise Fault("members", len(members))
    if any(member.flag_bits & 0x1 for member in members):
        raise Fault("encrypted")
    if any(_LEADS_OUT.search(member.filename) for member in members):
        raise Fault("paths")
    if any(member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members):
        raise Fault("damaged")
    for member in members:
        unpacked, packed = member.file_size, max(1, member.compress_size)
        if unpacked > limits.MAX_MEMBER_BYTES or (unpacked > limits.RATIO_FROM and unpacked / packed > limits.MAX_RATIO):
            raise Fault("bomb")
    # Members that share their bytes (Fifield 2019, "A better zip bomb") are packed larger than the file they stand in.
    if sum(member.file_size for member in members) > limits.MAX_UNPACKED_BYTES or sum(m.compress_size for m in members) > size:
        raise Fault("bomb")


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
