"""What we sign is what two independent libraries verify, and nothing else."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import random
import time
import uuid
from typing import Any

import standardwebhooks
import svix.webhooks

from delivery.rules.bodies import body
from delivery.rules.signing import new_secret, signature
from tests.delivery.webhooks.receiver import Got, verifies

BODIES = 10_000


def signed(secrets: list[str], raw: bytes, *, stamp: int | None = None) -> Got:
    webhook_id, stamp = str(uuid.uuid4()), stamp or int(time.time())
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secrets, webhook_id=webhook_id, timestamp=stamp, body=raw),
    }
    return Got("/", headers, raw)


def test_a_secret_is_32_random_bytes_with_the_prefix_of_the_standard() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32 for secret in made)


def test_ten_thousand_random_bodies_verify_and_no_changed_bit_does() -> None:
    chance = random.Random(20261120)
    secret = new_secret()
    libraries: list[Any] = [standardwebhooks.Webhook(secret), svix.webhooks.Webhook(secret)]
    for _ in range(BODIES):
        words = "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xA0, 0xD800)))) for _ in range(40))
        at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=chance.randrange(10**7))
        got = signed([secret], body("run.completed", at=at, data={"run_id": words}).encode())
        changed = _with_one_bit_changed(got, chance)
        for library in libraries:
            assert library.verify(got.raw, got.headers) is not None
            with contextlib.suppress(standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError):
                library.verify(changed.raw, changed.headers)
                raise AssertionError(f"a changed bit went through: {got} {changed}")


def _with_one_bit_changed(got: Got, chance: random.Random) -> Got:
    """A bit of the body, the id, the time (by less than the libraries' tolerance) or the signature."""
    part = chance.choice(("body", "webhook-id", "webhook-timestamp", "webhook-signature"))
    if part == "body":
        # The top bit stays, so that the libraries get text.
        return Got("/", got.headers, _flipped(got.raw, chance, bits=7))
    value = got.headers[part]
    if part == "webhook-id":
        value = _flipped(value.encode(), chance, bits=7).decode()
    elif part == "webhook-timestamp":
        value = str(int(value) ^ 1 << chance.randrange(7))
    else:
        value = "v1," + base64.b64encode(_flipped(base64.b64decode(value[3:]), chance, bits=8)).decode()
    return Got("/", got.headers | {part: value}, got.raw)


def _flipped(data: bytes, chance: random.Random, *, bits: int) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(bits)
    return bytes(changed)


def test_a_list_of_signatures_verifies_with_each_of_its_secrets() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    got = signed([new, old], b"{}")
    assert verifies(new, got)
    assert verifies(old, got)
    assert not verifies(other, got)


def test_a_body_is_the_same_bytes_in_every_zone() -> None:
    at = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
    there = at.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30)))
    assert body("test", at=at, data={"a": "ä"}) == body("test", at=there, data={"a": "ä"})
    assert body("test", at=at, data={}) == '{"type":"test","timestamp":"2026-11-20T10:00:00.000Z","data":{}}'
