"""The country of an address, from a file on this machine: DB-IP Lite, CC BY 4.0 (S-146). No call leaves."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

import maxminddb
from django.conf import settings

log = logging.getLogger(__name__)


def country(address: str) -> str:
    """Two letters (ISO 3166-1), or nothing: unknown, private, no file, a file that cannot be read."""
    reader = _opened()
    if reader is None or not address:
        return ""
    try:
        found = reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return ""
    code = found.get("country", {}).get("iso_code") if isinstance(found, dict) else None  # type: ignore[union-attr]
    return code if isinstance(code, str) and len(code) == 2 and code.isalpha() and code.isupper() else ""


def _opened() -> maxminddb.Reader | None:
    """The file of the settings; anew when it was replaced, as it is every month."""
    if not settings.DBIP_FILE:
        return None
    try:
        changed = Path(settings.DBIP_FILE).stat().st_mtime_ns
    except OSError:
        changed = 0
    return _read(settings.DBIP_FILE, changed)


@lru_cache(maxsize=1)
def _read(path: str, changed: int) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.error("The file of DBIP_FILE cannot be read (%s); views are counted without a country.", type(error).__name__)
        return None
