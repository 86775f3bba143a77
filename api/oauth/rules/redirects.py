"""Where a code may be sent: exactly where the client said before, or to another port of the same machine.

RFC 9700, 2.1 asks for simple string comparison. RFC 8252, 7.3 lets a program on the person's own machine listen where there is
room, so for loopback addresses over http the port may differ. ``localhost`` counts as one: Claude Code and others register it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LONGEST, AT_MOST = 2000, 20
_SIGNS = re.compile(r"[!-~]+", re.ASCII)
_AUTHORITY = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._-]+)(?::[0-9]{1,5})?", re.ASCII)


def is_allowed(uri: str, registered: Iterable[str]) -> bool:
    """May a code be sent to ``uri``, of a client that registered these?"""
    return not why_refused(uri) and any(_is_same(uri, known) for known in registered)


def why_refused(uri: str) -> str:
    """Why no client may register this address, as half a sentence; empty when one may."""
    if not _SIGNS.fullmatch(uri) or len(uri) > LONGEST or "\\" in uri:
        return f"must be an address of at most {LONGEST} characters, without spaces, controls and backslashes"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "is no address"
    if "#" in uri:
        return "must not have a fragment (#)"
    if not _AUTHORITY.fullmatch(parts.netloc) or not parts.hostname or port == 0:
        return "must name a host, without a user name, and a port that can be called"
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return ""
    return "must begin with https://, or with http:// and localhost, 127.0.0.1 or [::1]"


def is_loopback(uri: str) -> bool:
    """Does this lead to the person's own machine, where any program may listen?"""
    parts = urlsplit(uri)
    return parts.scheme == "http" and (parts.hostname or "") in LOOPBACK


def host_of(uri: str) -> str:
    """Host and port as they stand in the address, for people to read."""
    return urlsplit(uri).netloc


def _is_same(uri: str, known: str) -> bool:
    if uri == known:
        return True
    return is_loopback(uri) and is_loopback(known) and _without_port(uri) == _without_port(known)


def _without_port(uri: str) -> tuple[str, str, str]:
    """Scheme, host and everything from the path on, as it stands: the sign ? of an empty query counts."""
    scheme, _, rest = uri.partition("://")
    authority = re.match(r"[^/?]*", rest)
    assert authority is not None
    host = re.sub(r":[0-9]*$", "", authority[0])
    return scheme, host, rest[authority.end() :]
