"""Named points at which a test may end this process as ``kill -9`` would.

Nothing happens unless ``SPECSTEP_CRASH_AT`` is set. With ``SPECSTEP_CRASH_AT=7`` the process ends without clean-up at the seventh
point it reaches; with ``SPECSTEP_CRASH_LOG=FILE`` each point that is reached is written to FILE, one name per line, which is
how the crash explorer learns how many there are (``tests/generation/crash``). Points stand around every durable write and at
every boundary of a step, so that killing at each of them once shows that no order of events loses or repeats work.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

AT = "SPECSTEP_CRASH_AT"
LOG = "SPECSTEP_CRASH_LOG"

_lock = threading.Lock()
_count = 0


def reached(name: str) -> None:
    """Count this point; end the process here if it is the one that was asked for."""
    global _count
    at, log = os.environ.get(AT), os.environ.get(LOG)
    if at is None and log is None:
        return
    with _lock:
        _count += 1
        if log is not None:
            with Path(log).open("a") as file:
                file.write(f"{name}\n")
        if at is not None and _count == int(at):
            os._exit(9)


def start_counting() -> None:
    """Count from 1 again: for a child process that was forked from one that had counted."""
    global _count
    with _lock:
        _count = 0
