"""One request to one endpoint: checked, signed, timed, and its answer read no further than we keep it."""

from __future__ import annotations

import os
import re
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import httpx2
from django.conf import settings

from delivery.parties import WEBHOOKS, WEBHOOKS_PURPOSE
from delivery.rules import sentences
from delivery.rules.signing import signature
from ground import clock, crashpoints, egress
from llm.redaction import Redaction

CONNECT_SECONDS = 3.0
READ_BYTES = 4096
"""So much of an answer is read, to search it for secrets before it is cut."""
KEPT_CHARACTERS = 1024
SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt."""

    status: int | None
    """None: there was no answer."""
    sentence: str
    seconds: float
    answer: str = ""
    """Its first kilobyte, without secrets; headers are never kept."""
    retry_after: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, *, webhook_id: str, body: str, webhook_secrets: Sequence[str]) -> Outcome:
    """Send ``body`` once, signed with each of ``webhook_secrets``. Whatever happens on the way is in the outcome."""
    raw, stamp = body.encode(), int(clock.now().timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(webhook_secrets, webhook_id=webhook_id, timestamp=stamp, body=raw),
    }
    begun = time.monotonic()
    try:
        with egress.within(settings.WEBHOOK_SECONDS):
            return _asked(url, raw, headers, begun)
    except egress.EgressRefused as error:
        return Outcome(None, str(error), time.monotonic() - begun)
    except httpx2.TransportError as error:
        return Outcome(None, _why(error), time.monotonic() - begun)


def _asked(url: str, body: bytes, headers: dict[str, str], begun: float) -> Outcome:
    # Also where a connection is still open from the last time: what may be called can have changed.
    egress.check(url, party=WEBHOOKS, purpose=WEBHOOKS_PURPOSE)
    with _client(os.getpid()).stream("POST", url, content=body, headers=headers) as response:
        crashpoints.reached("webhooks.answered")
        try:
            answer = _beginning(response)
        except httpx2.TransportError:
            answer = ""  # The status came and counts; the rest of the answer is not needed.
    return Outcome(
        response.status_code,
        sentences.of_status(response.status_code),
        time.monotonic() - begun,
        _kept(answer),
        response.headers.get("retry-after", "")[:100],
    )


def _beginning(response: httpx2.Response) -> str:
    """The first 4 kB as text. Nothing is unpacked, so a small answer cannot become a large one."""
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return "(packed, and not unpacked here)"
    read = b""
    for piece in response.iter_raw():
        read += piece
        if len(read) >= READ_BYTES:
            break
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", read[:READ_BYTES].decode("utf-8", "replace"))


def _kept(answer: str) -> str:
    # "ok" is what most answers are, and too short to be searched.
    return (Redaction().clean(answer) if len(answer) >= SHORTEST_SECRET else answer)[:KEPT_CHARACTERS]


def _why(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return sentences.no_answer(settings.WEBHOOK_SECONDS)
    if not isinstance(error, httpx2.ConnectError):
        return sentences.BROKE
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return sentences.BAD_CERTIFICATE
        if isinstance(cause, ssl.SSLError):
            return sentences.NO_TLS
        cause = cause.__cause__ or cause.__context__
    return sentences.NOT_REACHED


@lru_cache(maxsize=1)
def _client(pid: int) -> httpx2.Client:
    """One per process: making one reads the certificates of all public authorities. ``pid``: a fork may not use its parent's."""
    return egress.client(
        party=WEBHOOKS,
        purpose=WEBHOOKS_PURPOSE,
        timeout=httpx2.Timeout(settings.WEBHOOK_SECONDS, connect=CONNECT_SECONDS),
        takes_packed=True,
        max_answer_bytes=sys.maxsize,  # We stop reading by ourselves, and an answer that announces more was an answer.
        headers={"user-agent": "SpecStep-Webhooks/1", "accept": "*/*", "accept-encoding": "identity"},
    )
