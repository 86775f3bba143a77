"""Credentials at rest: authenticated encryption of one field of one row.

A sealed value is ``v1.<key number>.<base64url(nonce + ciphertext + tag)>``: AES-256-GCM (NIST SP 800-38D) with a random 96-bit
nonce. The key for a purpose is derived from the ring's key by HKDF-SHA256 (RFC 5869) with the purpose as info, and the purpose
and the row's id are bound as associated data: a value that is moved to another field or another row does not open.

The key ring lives outside the database, in ``SPECSTEP_VAULT_KEYS``: ``2:BASE64,1:BASE64``, 32 bytes each, newest first. New
values are sealed with the first key, old ones open with theirs; ``manage.py rotate_vault`` seals everything anew, after which
the old key can be removed. (N-09, N-45)
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ground.errors import NotConfigured, SpecStepError

KEY_BYTES = 32
NONCE_BYTES = 12


class Unreadable(SpecStepError):
    """A sealed value does not open: wrong key, wrong purpose, wrong row, or it was changed."""

    detail = "A stored credential can no longer be read. Enter it again."


@dataclass(frozen=True)
class SealedField:
    """A model's field that holds sealed values. Declared by the app, so that rotation finds every one."""

    model: str
    field: str
    purpose: str


_fields: dict[tuple[str, str], SealedField] = {}


def declare(model: str, field: str, *, purpose: str) -> SealedField:
    """Say that ``model.field`` ("billing.LlmKey", "key") holds sealed values of ``purpose``. A purpose belongs to one field."""
    sealed = SealedField(model, field, purpose)
    taken = next((other for other in _fields.values() if other.purpose == purpose and other != sealed), None)
    if taken is not None:
        raise ValueError(f"The purpose {purpose!r} belongs to {taken.model}.{taken.field}.")
    _fields[model, field] = sealed
    return sealed


def declared() -> list[SealedField]:
    return list(_fields.values())


def seal(value: str, *, purpose: str, row: uuid.UUID) -> str:
    """Encrypt ``value`` with the newest key, for this purpose and row."""
    number, key = next(iter(_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_derived(key, purpose)).encrypt(nonce, value.encode(), _bound(purpose, row))
    return f"v1.{number}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, purpose: str, row: uuid.UUID) -> str:
    """The value that was sealed. Raises ``Unreadable``; the message never holds any part of the value."""
    try:
        version, number, body = sealed.split(".")
        raw = base64.urlsafe_b64decode(body)
        key = _ring()[int(number)]
    except (ValueError, KeyError, binascii.Error):
        raise Unreadable from None
    if version != "v1":
        raise Unreadable
    try:
        opened = AESGCM(_derived(key, purpose)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(purpose, row))
    except (InvalidTag, ValueError):
        raise Unreadable from None
    return opened.decode()


def mac(value: str, *, purpose: str, row: uuid.UUID) -> str:
    """A keyed hash of ``value``, bound to purpose and row: HMAC-SHA256 (RFC 2104) with the newest key, in hexadecimal.

    For what must be recognised and never read again: without the ring nobody can try all values.
    """
    return _hashed(next(iter(_ring().values())), value, purpose, row)


def has_mac(value: str, digest: str, *, purpose: str, row: uuid.UUID) -> bool:
    """Whether ``digest`` is the keyed hash of ``value``, under any key of the ring. Takes the same time whatever is wrong."""
    same = False
    for key in _ring().values():
        same |= hmac.compare_digest(_hashed(key, value, purpose, row), digest)
    return same


def keys_for(purpose: str) -> list[bytes]:
    """Keys of 32 bytes of this purpose's own, one for each of the ring, newest first: for a library that seals by itself."""
    return [_derived(key, f"keys.{purpose}") for key in _ring().values()]


def key_number(sealed: str) -> int:
    """The number of the key a value is sealed with."""
    return int(sealed.split(".")[1])


def reseal(sealed: str, *, purpose: str, row: uuid.UUID) -> str:
    """The same value under the newest key; unchanged if it is there already."""
    if key_number(sealed) == next(iter(_ring())):
        return sealed
    return seal(unseal(sealed, purpose=purpose, row=row), purpose=purpose, row=row)


def new_key() -> str:
    """A fresh key in the form the ring takes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _ring() -> dict[int, bytes]:
    return _parsed(settings.VAULT_KEYS or _laptop_ring(settings.DATA_DIR))


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[int, bytes]:
    ring: dict[int, bytes] = {}
    for entry in text.split(","):
        number, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not number.isdigit() or len(key) != KEY_BYTES or int(number) in ring:
            raise NotConfigured(
                "SPECSTEP_VAULT_KEYS is not a key ring: write NUMBER:KEY pairs, newest first, each key 32 bytes in base64. "
                "`manage.py rotate_vault --new-key` prints one."
            )
        ring[int(number)] = key
    return ring


def _laptop_ring(folder: Path) -> str:
    """A ring of one key in the data folder. Production names its ring and refuses to start without (``manage.py check``)."""
    path = folder / "vault-keys"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_once(path, lambda: f"1:{new_key()}")
    return path.read_text().strip()


def _write_once(path: Path, content: Callable[[], str]) -> None:
    """Web and worker may start together: the first file stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(content())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=b"specstep.vault", info=purpose.encode()).derive(key)


def _hashed(key: bytes, value: str, purpose: str, row: uuid.UUID) -> str:
    return hmac.digest(_derived(key, f"mac.{purpose}"), _bound(purpose, row) + b"\x00" + value.encode(), "sha256").hex()


def _bound(purpose: str, row: uuid.UUID) -> bytes:
    return purpose.encode() + b"\x00" + row.bytes
