"""Which addresses a provider may send us on to, and what can be an id in one."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

GRAPH_ID = re.compile(r"[A-Za-z0-9!_-]{1,160}", re.ASCII)
"""Drives ("b!…", sixteen digits) and items ("01ABC…", "8B2…!104"). No dot and no slash, so nothing leads elsewhere."""
SITE_ID = re.compile(r"[A-Za-z0-9.-]{1,120},[0-9a-fA-F-]{36},[0-9a-fA-F-]{36}", re.ASCII)
DRIVE_ID = re.compile(r"[A-Za-z0-9_-]{10,160}", re.ASCII)
"""Of Google: no quote, so that none can end the one in a query."""


def same_origin(address: str, root: str) -> bool:
    """Whether ``address`` is at the very scheme, host and port of ``root``, without a user name in it."""
    one, other = urlsplit(address), urlsplit(root)
    try:
        same = (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:  # a port that is no number
        return False
    return same and "@" not in one.netloc


def leads_to(address: str, location: str, allowed: tuple[str, ...]) -> str:
    """Where a redirect goes, or nothing where it may not be followed.

    ``allowed`` holds hosts: ``.sharepoint.com`` is every host below it, ``127.0.0.1:8443`` one host and port. https only.
    """
    target = urljoin(address, location)
    parts = urlsplit(target)
    try:
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        return ""
    for one in allowed:
        name, _, wanted = one.partition(":")
        right_port = port == int(wanted) if wanted else port in (None, 443)
        if right_port and (host.endswith(name) if name.startswith(".") else host == name):
            return target
    return ""
