"""Notes what a process connects to and which files it writes, for tests (``sys.addaudithook``)."""

from __future__ import annotations

import os
import sys
from typing import Any

if _noted := os.environ.get("SPECSTEP_TEST_AUDIT"):
    _out = os.open(_noted, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _note(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(args[1], tuple):
            os.write(_out, f"connect {args[1][0]}:{args[1][1]}\n".encode())
        elif event == "socket.getaddrinfo":
            os.write(_out, f"look-up {args[0]}\n".encode())
        elif event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            os.write(_out, f"write {args[0]}\n".encode(errors="replace"))

    sys.addaudithook(_note)
