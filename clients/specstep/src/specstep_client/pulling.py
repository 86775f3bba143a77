"""A package comes to this machine: as its zip or as a folder. What somebody wrote there is never overwritten unasked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from specstep_client.saying import Trouble

MANIFEST = ".specstep/manifest.json"
LARGEST = 1024 * 1024 * 1024
MOST_FILES = 20_000
_NAME = re.compile(r"[^\x00-\x1f<>:\"|?*\\/]+")
"""What a name may hold on every system."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class WouldOverwrite(Trouble):
    """Files are in the way that did not come from SpecStep, or were changed since."""


def verified(archive: bytes, package: Mapping[str, Any]) -> bytes:
    """The archive, when it is the one the package names. Raises ``Trouble``."""
    if hashlib.sha256(archive).hexdigest() != package.get("sha256"):
        raise Trouble("The archive is not the one that the package names: its SHA-256 differs. Nothing was written; try again.")
    return archive


def files_of(archive: bytes) -> tuple[str, dict[str, bytes]]:
    """Name of the folder in the zip, and its files by path. Raises ``Trouble`` for one that could write elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST:
                raise Trouble("The archive unpacks to more than a package can be. Nothing was written.")
            if any(not _is_safe(entry) for entry in entries):
                raise Trouble("The archive holds a path that would be written elsewhere. Nothing was written.")
            paths = {entry.filename: opened.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise Trouble("The archive cannot be unpacked. Nothing was written; try again.") from None
    tops = {name.split("/", 1)[0] for name in paths}
    if len(tops) != 1 or any("/" not in name for name in paths):
        raise Trouble("The archive is not one folder. Nothing was written.")
    if len({name.casefold() for name in paths}) != len(paths):
        raise Trouble("The archive holds two names that are one file on some systems. Nothing was written.")
    return tops.pop(), {name.split("/", 1)[1]: content for name, content in paths.items()}


def write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> int:
    """Write the files and say how many changed. All is checked before anything is written. Raises ``WouldOverwrite``.

    A file may be replaced when it is the same, or when the manifest of an earlier pull says that it came from SpecStep just so.
    """
    ours = _earlier(folder)
    changed = [path for path, content in files.items() if _held(folder, path) != content]
    foreign = [path for path in changed if not _may_replace(folder, path, ours)]
    if foreign and not overwrite:
        shown = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise WouldOverwrite(
            f"In {folder} there are files that are not as SpecStep wrote them: {shown}. Nothing was written. "
            "Give another folder by --to, or --overwrite to replace them."
        )
    # The manifest goes last: what it names is there by then.
    for path in sorted(changed, key=lambda one: (one == MANIFEST, one)):
        write_file(folder / path, files[path])
    return len(changed)


def write_archive(path: Path, archive: bytes, *, overwrite: bool = False) -> None:
    """Write the zip. Raises ``WouldOverwrite`` where another file has that name."""
    if path.is_dir():
        raise Trouble(f"{path} is a folder. Give --zip the name of a file.")
    if path.exists() and not overwrite and path.read_bytes() != archive:
        raise WouldOverwrite(f"{path} exists and holds something else. Give another name, or --overwrite to replace it.")
    write_file(path, archive)


def write_file(path: Path, content: bytes) -> None:
    """The whole file or none of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=".specstep-")
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with suppress(OSError):
            Path(made).chmod(0o666 & ~_umask())
        Path(made).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(made).unlink()
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from None


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    names = PurePosixPath(entry.filename).parts
    plain = all(_NAME.fullmatch(name) and name not in (".", "..") and not name.endswith((".", " ")) for name in names)
    mode = entry.external_attr >> 16
    return (
        plain
        and entry.filename == "/".join(names)
        and not any(_RESERVED.fullmatch(name) for name in names)
        and (stat.S_IFMT(mode) in (0, stat.S_IFREG))
    )


def _may_replace(folder: Path, path: str, ours: Mapping[str, str]) -> bool:
    """Nothing is there, or just what an earlier pull left; and no link or file stands where a folder has to be."""
    place = folder
    for name in PurePosixPath(path).parts[:-1]:
        place = place / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            return False
    target = folder / path
    if not os.path.lexists(target):
        return True
    held = _held(folder, path)
    return held is not None and ours.get(path) == f"sha256:{hashlib.sha256(held).hexdigest()}"


def _held(folder: Path, path: str) -> bytes | None:
    target = folder / path
    try:
        return target.read_bytes() if target.is_file() and not target.is_symlink() else None
    except OSError:
        return None


def _earlier(folder: Path) -> dict[str, str]:
    """Hashes of the files that an earlier pull left there; the manifest itself counts when it still is one."""
    raw = _held(folder, MANIFEST)
    if raw is None:
        return {}
    try:
        rows = json.loads(raw)["files"]
        named = {str(row["path"]): str(row["hash"]) for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return named | {MANIFEST: f"sha256:{hashlib.sha256(raw).hexdigest()}"}


def _umask() -> int:
    held = os.umask(0o022)
    os.umask(held)
    return held
