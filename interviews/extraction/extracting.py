"""From an open file to its text: the kind by content, the reading in a child process that can be killed (ADR 0018)."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from interviews.extraction import kinds, limits
from interviews.extraction.faults import READ_WITH, SENTENCES, Fault, sentence
from interviews.extraction.formats.plain import as_it_is
from interviews.extraction.kinds import Kind
from interviews.extraction.pieces import without_controls

AT_ONCE = 2
"""Documents one process reads at the same time; more wait for their turn."""
WAIT_SECONDS = 60.0
"""The longest wait for a turn."""
LOOK_EVERY = 0.5
"""Seconds between two looks at whether the reading is still wanted."""
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from interviews.extraction.child import main; main(sys.argv[2], int(sys.argv[3]))"
)
_ENVIRONMENT = {"LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "OMP_THREAD_LIMIT": "1"}
"""No credential of ours is in reach of a child, and the engine that recognises words starts no threads."""
_turns = threading.BoundedSemaphore(AT_ONCE)

Told = Callable[[int, int], None]
"""Called with how many pages are read and how many there are."""


@dataclass(frozen=True)
class Extracted:
    """What was read of one document, and what is to be said of it."""

    kind: Kind
    text: str = ""
    places: tuple[tuple[int, str], ...] = ()
    """From which character of ``text`` which place begins: (0, "page 1"), (812, "page 2")."""
    pages: int | None = None
    trouble: str = ""
    """One sentence; empty when all of it was read."""
    is_read: bool = True
    """False when nothing could be read; then ``trouble`` says why."""


def extract(file: BinaryIO, name: str, *, told: Told | None = None, still_wanted: Callable[[], None] | None = None) -> Extracted:
    """The text of ``file``, an open file with a descriptor (``unnamed`` makes one of bytes). ``name`` is for sentences only.

    Never raises for what the file holds: that is ``trouble``. ``still_wanted`` is called twice a second and may raise to
    stop; the child is killed then.
    """
    kind = kinds.UNKNOWN
    try:
        size = file.seek(0, 2)
        if size > limits.MAX_BYTES:
            raise Fault("large", -(-size // (1024 * 1024)))
        kind = kinds.kind_of(file, name)
        if kind.key in {"markdown", "text"}:
            file.seek(0)
            reading = as_it_is(file.read(), has_headings=kind.key == "markdown")
            return Extracted(kind, reading.text, reading.places, None, sentence("cut", name) if reading.is_cut else "")
        return _extracted(kind, name, _read_in_child(kind, file, told or (lambda done, of: None), still_wanted or (lambda: None)))
    except Fault as fault:
        return Extracted(kind, trouble=sentence(fault.code, name, figure=fault.figure), is_read=fault.code in READ_WITH)


def _extracted(kind: Kind, name: str, said: dict[str, Any]) -> Extracted:
    """What the child wrote, as far as it has the form it should have."""
    try:
        if "fault" in said:
            raise Fault(said["fault"] if said["fault"] in SENTENCES else "damaged", int(said["figure"]))
        text = without_controls(str(said["text"]))
        places = tuple((int(start), without_controls(str(place))[:120]) for start, place in said["places"])
        parts = [(str(part), str(code), int(figure)) for part, code, figure in said["parts"]]
        faults = [(str(code), int(figure)) for code, figure in said["faults"] if code in READ_WITH]
        pages = int(said["pages"]) or None
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Fault("damaged") from None
    if len(text.encode()) > limits.MAX_TEXT or any(start > len(text) for start, _ in places):
        raise Fault("damaged")
    told = " ".join(
        sentence(
            code,
            name,
            figure=len(parts) if code == "parts" else figure,
            rest=" ".join(sentence(why, part, figure=n) for part, why, n in parts[:5] if why in SENTENCES),
        )
        for code, figure in faults
    )
    return Extracted(kind, text, places, pages if kind.key in {"pdf", "slides", "sheets", "zip"} else None, told)


def _read_in_child(kind: Kind, file: BinaryIO, told: Told, still_wanted: Callable[[], None]) -> dict[str, Any]:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Fault("busy")
    try:
        still_wanted()
        file.seek(0)
        with subprocess.Popen(  # noqa: S603  # our own interpreter and program
            [sys.executable, "-I", "-B", "-c", _PROGRAM, str(_ROOT), kind.key, str(os.getpid())],
            stdin=file.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may quote the document
            env=_ENVIRONMENT,
            cwd="/",
            close_fds=True,
        ) as child:
            try:
                last = _listen(child, told, still_wanted)
            except BaseException:
                child.kill()
                raise
        return _answer(child.returncode, last)
    finally:
        _turns.release()


def _listen(child: subprocess.Popen[bytes], told: Told, still_wanted: Callable[[], None]) -> bytes:
    """The last line a child wrote. Raises ``Fault`` when it takes too long or writes too much."""
    assert child.stdout is not None
    stream = child.stdout.fileno()
    end = time.monotonic() + limits.WALL_SECONDS
    held, last = b"", b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        while True:
            if time.monotonic() > end:
                raise Fault("slow")
            if not waiting.select(LOOK_EVERY):
                still_wanted()
                continue
            got = os.read(stream, 65536)
            if not got:
                return held or last
            held += got
            if len(held) > limits.MAX_OUTPUT:
                raise Fault("damaged")
            *lines, held = held.split(b"\n") if b"\n" in got else [held]
            for line in lines:
                last = line
                if line.startswith(b'{"done"'):
                    told(*_progress(line))
                    still_wanted()


def _progress(line: bytes) -> tuple[int, int]:
    try:
        said = json.loads(line[:200])
        return int(said["done"]), int(said["of"])
    except (ValueError, KeyError, TypeError):
        raise Fault("damaged") from None


def _answer(code: int, last: bytes) -> dict[str, Any]:
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise Fault("slow")
    try:
        said = json.loads(last) if last else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or "done" in said:
        raise Fault("memory" if code == -signal.SIGSEGV else "ended")
    return said
