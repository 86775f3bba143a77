"""What can go wrong at a vendor, by name, and which call it happens to."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal[
    "429", "429_quota", "400", "400_context", "401", "403", "404_model", "408", "409", "413", "500", "502", "503", "504", "529",
    "reset", "close", "hang", "reset_mid", "cut", "hang_mid", "truncate", "malformed", "stream_error", "empty", "length",
    "refusal", "wrong_schema", "fenced", "bad_args", "unknown_tool", "html",
    # Beyond the 32: finer kinds of the same, and what only one vendor does.
    "429_long", "no_end", "invalid_json", "filter", "stuck", "expired",
]  # fmt: skip

FAULTS: dict[str, str] = {
    "429": "rate limit, with retry-after",
    "429_quota": "quota used up, waiting does not help",
    "400": "invalid request",
    "400_context": "prompt too long",
    "401": "bad key",
    "403": "forbidden",
    "404_model": "no such model",
    "408": "request time-out",
    "409": "conflict",
    "413": "request too large",
    "500": "server error",
    "502": "bad gateway, with a page of HTML",
    "503": "unavailable, with retry-after",
    "504": "gateway time-out",
    "529": "overloaded",
    "reset": "connection reset before any answer",
    "close": "connection closed before any answer",
    "hang": "no answer at all",
    "reset_mid": "connection reset in the middle of an answer",
    "cut": "connection closed in the middle of an answer",
    "hang_mid": "an answer that stops in the middle and stays open",
    "truncate": "correct framing, but the end is missing: nothing raises, only the missing final event tells",
    "malformed": "200 with JSON that cannot be read",
    "stream_error": "an error event inside a 200 stream; plain: a response that says it failed",
    "empty": "200 with empty text",
    "length": "stopped by the limit of tokens",
    "refusal": "refused by the model",
    "wrong_schema": "valid JSON of another shape",
    "fenced": "JSON in a Markdown fence with prose around it",
    "bad_args": "a tool call nobody asked for, whose arguments are not JSON",
    "unknown_tool": "a call of a tool that was not offered",
    "html": "200 with a page of HTML",
}
"""The 32 of the fault matrix."""

MORE: dict[str, str] = {
    "429_long": "rate limit with a retry-after of an hour",
    "no_end": "everything but the very last event",
    "invalid_json": "half the JSON, well framed and finished",
    "filter": "stopped by the vendor's content filter",
    "stuck": "a background response that is never done",
    "expired": "a background response the vendor has forgotten",
}

BEFORE_ANY_WORK = {
    "429", "429_long", "429_quota", "400", "400_context", "401", "403", "404_model", "408", "409", "413", "500", "502", "503",
    "504", "529", "reset", "close",
}  # fmt: skip
"""Nothing is paid for these."""
MID_STREAM = {"reset_mid", "cut", "hang_mid", "truncate", "malformed", "stream_error"}

_OLD_NAMES = {
    "404": "404_model", "too-long": "400_context", "truncated": "truncate", "no-end": "no_end", "error-in-stream": "stream_error",
    "invalid-json": "invalid_json", "violation": "wrong_schema", "429-long": "429_long", "silence": "hang",
}  # fmt: skip


def known(name: str) -> str:
    """The name of a fault as it is used here; raises ``ValueError`` for one that nobody knows."""
    name = _OLD_NAMES.get(name, name)
    if name and name not in FAULTS and name not in MORE:
        raise ValueError(f"There is no fault {name!r}.")
    return name


@dataclass
class Rule:
    """Conditions that all have to hold, and what then applies to the call: settings, ``fault``, ``text``, ``json``."""

    given: dict[str, Any]
    fitted: int = 0
    used: int = 0

    def fits(self, *, api: str, model: str, text: str, stream: bool) -> bool:
        """Whether the call is meant. Counting conditions count the calls that the others let through."""
        given = self.given
        wanted = api.startswith(given.get("api", "")) and stream is bool(given.get("stream", stream))
        if not wanted or not re.search(given.get("model", ""), model) or not re.search(given.get("match", ""), text, re.S):
            return False
        self.fitted += 1
        nth = given.get("nth", self.fitted)
        if self.fitted not in (nth if isinstance(nth, list) else [nth]) or self.fitted % given.get("every", 1):
            return False
        if self.used >= given.get("times", self.used + 1):
            return False
        self.used += 1
        return True


@dataclass
class Plan:
    """Which of the calls of one kind go wrong: the listed ones first, one each; then ``every`` nth; then ``always``."""

    listed: list[Any] = field(default_factory=list)
    always: Any = None
    every: tuple[int, str] | None = None
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> str:
        """The fault of the call that has just come, empty for none."""
        with self.lock:
            self.count += 1
            if self.listed:
                return known(self.listed.pop(0) or "")
            if self.every is not None:
                return known(self.every[1]) if self.count % self.every[0] == 0 else ""
            return known(self.always or "")
