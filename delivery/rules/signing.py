"""Signatures after Standard Webhooks 1.0.0: HMAC-SHA256 over ``id.timestamp.body``, the body exactly as it is sent."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(webhook_secrets: Sequence[str], *, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header ``webhook-signature``: one entry per secret, so that a receiver with any of them can verify.

    ``timestamp`` in whole seconds since 1970 UTC, of this attempt.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join([_signed_with(secret, signed) for secret in webhook_secrets])


def _signed_with(secret: str, signed: bytes) -> str:
    digest = hmac.digest(binascii.a2b_base64(secret[len(PREFIX) :]), signed, "sha256")
    return "v1," + binascii.b2a_base64(digest, newline=False).decode()
