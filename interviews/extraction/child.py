"""The child process: reads the file on its standard input, writes lines of JSON to its standard output, knows nothing else.

Lines: ``{"done": 3, "of": 200}`` while it reads; one last line, either what was read or ``{"fault": code, "figure": number}``.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import time
from dataclasses import asdict
from typing import Any

from interviews.extraction import confinement
from interviews.extraction.encodings import ENCODINGS, MARKS
from interviews.extraction.faults import Fault

TELL_EVERY = 0.2
"""Seconds between two lines of progress."""


def main(key: str, parent: int) -> None:
    """Read standard input as a document of kind ``key``. ``parent`` is the process to end with."""
    confinement.limit(parent)
    from interviews.extraction import reading
    from interviews.extraction.kinds import Kind

    kind = Kind(key, "", "")
    warm_up(key)
    file = os.fdopen(0, "rb")
    confinement.confine()
    last = 0.0

    def told(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_EVERY:
            last = time.monotonic()
            _say({"done": done, "of": of})

    try:
        _say(asdict(reading.read(kind, file, told)))
    except Fault as fault:
        _say({"fault": fault.code, "figure": fault.figure})
    except MemoryError:
        _say({"fault": "memory", "figure": 0})


def warm_up(key: str) -> None:
    """Load what a reader would load later: once confined, no file can be opened, and that goes for code as well."""
    from interviews.extraction import kinds, reading

    for name in (*MARKS, *(ENCODINGS if key in {"html", "zip"} else ())):
        codecs.lookup(name)
    wanted = kinds.BY_LIBRARY if key == "zip" else [kind for kind in kinds.BY_LIBRARY if kind.key == key]
    for kind in wanted:
        reading.reader_of(kind)
    if any(kind.key == "sheets" for kind in wanted):
        from interviews.extraction.formats import sheets

        sheets.warm_up()
    if any(kind.key in {"pdf", "image"} for kind in wanted):
        from interviews.extraction import recognition

        recognition.warm_up()


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
