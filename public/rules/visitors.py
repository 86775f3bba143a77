"""What is taken of a visitor: a hash of address and user agent (S-140, N-05)."""

from __future__ import annotations

import hashlib
import hmac

HASH_LENGTH = 64


def visitor(address: str, agent: str, salt: bytes) -> str:
    """HMAC-SHA256 over address and user agent, keyed by the salt of the day. No third thing enters."""
    return hmac.new(salt, f"{address}\0{agent}".encode(errors="surrogateescape"), hashlib.sha256).hexdigest()
