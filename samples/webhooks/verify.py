"""Verify a webhook of SpecStep. Python 3.9 or newer, standard library only."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping

TOLERANCE = 5 * 60  # seconds


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> bool:
    """True if ``body`` (bytes, as they came in) was sent by SpecStep within the last minutes.

    ``headers``: names in lower case. ``secret``: the whole text that begins with whsec_.
    """
    try:
        timestamp = int(headers["webhook-timestamp"])
        signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
        signatures = headers["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        return False
    if abs((time.time() if now is None else now) - timestamp) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = b"v1," + base64.b64encode(hmac.new(key, signed, "sha256").digest())
    return any(hmac.compare_digest(right, signature.encode()) for signature in signatures)


if __name__ == "__main__":
    import json
    import sys
    from pathlib import Path

    vectors = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for vector in vectors:
        if verify(vector["secret"], vector["headers"], vector["body"].encode(), vector["now"]) != vector["valid"]:
            sys.exit(f"wrong: {vector['about']}")
    print(f"{len(vectors)} vectors are right")
