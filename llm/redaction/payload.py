"""Clean a whole payload, string by string, within a time. What cannot be searched is not sent."""

from __future__ import annotations

import time
from typing import Any

from llm.errors import RedactionFailed
from llm.redaction.replacing import Redaction

DEEPEST = 200
"""Levels of nesting that are followed; deeper data is refused, not passed on unread."""


def clean_json(data: Any, redaction: Redaction, *, seconds: float = 30.0) -> Any:
    """``data`` (dicts, lists, strings, numbers) with every string cleaned, keys included.

    Fails closed: raises ``RedactionFailed`` when the finder raises, when ``seconds`` of wall-clock time are used up (looked at
    before and after every string), when the data is nested too deep, or when it holds something that is not JSON.
    """
    deadline = time.monotonic() + seconds
    try:
        return _walk(data, redaction, deadline, 0)
    except RedactionFailed:
        raise
    except Exception as error:
        raise RedactionFailed from error


def _walk(data: Any, redaction: Redaction, deadline: float, depth: int) -> Any:
    if depth > DEEPEST:
        raise RedactionFailed(f"The material is nested more than {DEEPEST} levels deep and was not searched. Nothing was sent.")
    if isinstance(data, str):
        return _cleaned(data, redaction, deadline)
    if isinstance(data, dict):
        return {
            _cleaned(name, redaction, deadline) if isinstance(name, str) else name: _walk(value, redaction, deadline, depth + 1)
            for name, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [_walk(value, redaction, deadline, depth + 1) for value in data]
    if data is None or isinstance(data, bool | int | float):
        return data
    raise RedactionFailed(f"The material holds a {type(data).__name__}, which cannot be searched for secrets. Nothing was sent.")


def _cleaned(text: str, redaction: Redaction, deadline: float) -> str:
    _in_time(deadline)
    clean = redaction.clean(text)
    _in_time(deadline)
    return clean


def _in_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise RedactionFailed("The search for secrets took longer than allowed, so nothing was sent. Send less material.")
