"""What is taken of a visitor: the address behind trusted proxies, and a hash of it with the user agent (S-140, N-05)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

HASH_LENGTH = 64
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def visitor(address: str, agent: str, salt: bytes) -> str:
    """HMAC-SHA256 over address and user agent, keyed by the salt of the day. No third thing enters."""
    return hmac.new(salt, f"{address}\0{agent}".encode(errors="surrogateescape"), hashlib.sha256).hexdigest()


def address_of(peer: str, forwarded_for: str, proxies: int) -> str:
    """The caller's address in its shortest form: the peer's, or the one that the outermost of ``proxies`` trusted proxies saw.

    Each proxy adds the address it was called from at the right, so what stands further left was written by the caller and is
    not believed. Empty when there is no address that can be read.
    """
    seen = [part.strip() for part in forwarded_for.split(",")] if proxies else []
    text = seen[-proxies] if 0 < proxies <= len(seen) else peer
    return str(_read(text) or _read(peer) or "")


def _read(text: str) -> Address | None:
    """Also with a port behind it, as some proxies write it: 192.0.2.7:4711, [2001:db8::1]:4711."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return inner or address
