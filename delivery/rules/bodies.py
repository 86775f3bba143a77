"""The body of a webhook: type, time, ids, state (N-26), a package's digest (S-084). Every attempt has the same bytes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping


def body(kind: str, *, at: dt.datetime, data: Mapping[str, str]) -> str:
    """The body as it is signed and sent, ASCII only. ``at`` is aware."""
    return json.dumps({"type": kind, "timestamp": timestamp(at), "data": dict(data)}, separators=(",", ":"))


def timestamp(at: dt.datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-20T10:00:00.000Z."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
