"""Server-sent events read from the bytes of an answer as they come (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    kind: str
    data: bytes
    id: str
    """Of the last event that had one."""


@dataclass
class Reader:
    """Fed with pieces of a stream, gives its events. Bytes stay bytes: nothing of the data is decoded."""

    last_id: str = ""
    _rest: bytes = b""
    _kind: str = ""
    _data: list[bytes] = field(default_factory=list)

    def feed(self, piece: bytes) -> Iterator[Event]:
        whole = self._rest + piece
        # A CR at the end may be half of a CRLF; it waits for what follows.
        held = b"\r" if whole.endswith(b"\r") else b""
        lines = whole[: len(whole) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event

    def _line(self, line: bytes) -> Event | None:
        if not line:
            return self._end()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._kind = value.decode(errors="replace")
        elif name == b"id" and b"\0" not in value:
            self.last_id = value.decode(errors="replace")
        return None

    def _end(self) -> Event | None:
        kind, data = self._kind, self._data
        self._kind, self._data = "", []
        return Event(kind or "message", b"\n".join(data), self.last_id) if data else None
