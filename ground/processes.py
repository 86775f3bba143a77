"""Who is at work: a name for this process that tells, on the same machine, whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


def this_process() -> str:
    """ "host/pid/start"; the start time keeps a number that the system has given to a new process from looking alive."""
    return _name_of(os.getpid())


def is_surely_dead(name: str) -> bool:
    """True when the process ran on this machine and is gone. False when it lives, or when this machine cannot know."""
    host, _, rest = name.rpartition("/")[0].rpartition("/")
    pid, started = rest, name.rpartition("/")[2]
    if host != _host() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _start_of(int(pid)) != started


@cache
def _name_of(pid: int) -> str:
    return f"{_host()}/{pid}/{_start_of(pid)}"


def _host() -> str:
    return socket.gethostname()[:40]


def _start_of(pid: int) -> str:
    """Clock ticks since boot at which it started (proc(5), stat, field 22); empty where the system does not say.

    A process that has ended and was not yet waited for counts as gone: its name never matches.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in "ZX" else fields[19]
