"""What is said to a person: results on standard output, everything else on standard error, and faults without their contents.

Nothing that is said here may hold a token, a key, or a word that went through the bridge (PO-036): an exception's text can quote
what it stumbled over, so of a fault only its kind and its place in the code are told.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any


class Trouble(Exception):
    """Something expected went wrong; the text is a sentence for a person, of our own words."""

    status = 1


class NotSignedIn(Trouble):
    """There is no credential for this, or the server does not take it any more."""

    status = 3


_debugging = False


def debug_on() -> None:
    global _debugging
    _debugging = True


def debug(text: str) -> None:
    """A line for who looks for a fault. Only words of ours, methods, statuses and times belong here."""
    if _debugging:
        note(f"{time.strftime('%H:%M:%S')} {text}")


def show(text: str = "") -> None:
    """A result."""
    print(text, flush=True)


def note(text: str) -> None:
    """Anything that is no result. A reader that has gone away is no fault."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def fault(error: BaseException) -> str:
    """A fault of ours in one line: its kind and where it is, nothing of what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def hide_contents_of_faults() -> None:
    """Whatever is caught by nobody is told by ``fault``, in every thread and task."""
    sys.excepthook = _of_program
    threading.excepthook = lambda args: _tell(args.exc_value)
    sys.unraisablehook = lambda args: _tell(args.exc_value)


def of_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For ``loop.set_exception_handler``."""
    _tell(context.get("exception"))


def _of_program(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _tell(error)


def _tell(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, (SystemExit, KeyboardInterrupt)):
        note(f"specstep: a fault of the program itself: {fault(error)}. Please report this line; it holds nothing of yours.")
