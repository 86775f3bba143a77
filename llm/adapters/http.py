"""What both vendors' adapters share: the client, limits, waiting times, and the name of a failure by its HTTP status."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.conf import settings

from ground import egress
from ground.errors import SpecStepError
from llm.errors import Limits, ModelBusy, ModelFailed, RedactionFailed, Rejected, StreamBroken, TooLong, Usage, VendorOut
from llm.redaction.payload import clean_json
from llm.redaction.replacing import Redaction

if TYPE_CHECKING:
    import httpx2

PURPOSE = "model calls"
CONNECT_SECONDS = 10.0
TEMPORARY = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
LONGEST_RETRY_AFTER = 86_400.0

redaction: ContextVar[Redaction | None] = ContextVar("redaction", default=None)
"""Of the call that is being sent: what the last search finds is counted there."""
_clients: dict[tuple[int, str], httpx2.AsyncClient] = {}


def quieten(kit: str) -> None:
    """Keep a vendor's kit from logging what it sends.

    At the level of debugging its lines hold prompts and answers, and an environment variable of its own (``ANTHROPIC_LOG``,
    ``OPENAI_LOG``) turns that on past our settings.
    """
    for name in (kit, "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        if logger.level != logging.WARNING:  # setting a level throws away what all loggers remember
            logger.setLevel(logging.WARNING)


def client(party: str) -> httpx2.AsyncClient:
    """The connections of this loop to ``party``, shared by all calls and keys. It holds no key: SDKs send theirs per request."""
    key = (id(asyncio.get_running_loop()), party)
    found = _clients.get(key)
    if found is None:
        found = _clients[key] = egress.async_client(
            party=party,
            purpose=PURPOSE,
            timeout=patience(),
            max_connections=2 * settings.LLM_AT_ONCE,
            inspect=searched,
        )
    return found


def patience() -> httpx2.Timeout:
    """How long a request waits to connect and between two pieces of its answer, as the settings are now."""
    import httpx2

    return httpx2.Timeout(settings.LLM_SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None)


def searched(body: bytes) -> bytes:
    """The body of a request after the last search for secrets. Raises ``RedactionFailed``: what cannot be searched is not
    sent."""
    if not body:
        return body
    counting = redaction.get()
    if counting is None:
        raise RedactionFailed("A request to a model vendor came past the gateway. It was not sent; this is a fault of ours.")
    try:
        data = json.loads(body)
    except ValueError as error:
        raise RedactionFailed from error
    clean = clean_json(data, counting, seconds=settings.LLM_SEARCH_SECONDS)
    return body if clean == data else json.dumps(clean, ensure_ascii=False).encode("utf-8", "surrogatepass")


def limits_of(headers: Mapping[str, str]) -> Limits:
    """What either vendor says about its limit on requests a minute."""
    found: list[float | None] = []
    for what in ("limit", "remaining"):
        texts = (headers.get(f"anthropic-ratelimit-requests-{what}", ""), headers.get(f"x-ratelimit-{what}-requests", ""))
        number = next((text for text in texts if re.fullmatch(r"\d{1,12}", text)), None)
        found.append(float(number) if number is not None else None)
    return Limits(per_minute=found[0], left=found[1])


def after(headers: Mapping[str, str]) -> float | None:
    """Seconds the vendor asks us to wait (RFC 9110, 10.2.3), None when it does not say or says a date."""
    for header, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(header, "")) * scale
        except ValueError:
            continue
        if seconds >= 0:
            return min(seconds, LONGEST_RETRY_AFTER)
    return None


class Paid:
    """What is known to be paid if something fails now."""

    so_far = Usage()


@contextmanager
def named_failures(
    paid: Paid, status_error: type[Exception], status_failure: Callable[[Any, Usage], ModelFailed], kit_error: type[Exception]
) -> Iterator[None]:
    """Give what a kit raises a name of ours, and every failure what was paid.

    ``status_error`` is the kit's exception for an answer whose status is no success, ``status_failure`` its name by what the
    vendor says in it, ``kit_error`` the root of everything else the kit raises.
    """
    import httpx2

    try:
        yield
    except ModelFailed as failure:
        failure.usage = paid.so_far
        raise
    except status_error as error:
        raise status_failure(error, paid.so_far) from error
    except (kit_error, httpx2.HTTPError, ValueError, RuntimeError) as error:
        raise failure_of(error, paid.so_far) from error


def failure_of(error: Exception, usage: Usage) -> ModelFailed:
    """The named failure for what an SDK or the HTTP client raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModelFailed):
            return cause
        if isinstance(cause, SpecStepError):
            # Refused by our own way out; an SDK may have wrapped it as a connection error, which it is not.
            return Rejected(str(cause), usage=usage)
        cause = cause.__cause__ or cause.__context__
    status = getattr(error, "status_code", None)
    if status is None:
        # No status: the connection failed, broke in the middle, or carried something that is not the protocol.
        failure = StreamBroken(usage=usage) if usage != Usage() else ModelBusy()
        failure.silent = _is_silence(error)
        return failure
    headers: Mapping[str, str] = error.response.headers if hasattr(error, "response") else {}
    if status in TEMPORARY or status >= 500:
        return ModelBusy(usage=usage, retry_after=after(headers), limited=status == 429, limits=limits_of(headers))
    if status == 413:
        return TooLong(usage=usage)
    if status in {401, 403}:
        return VendorOut("The model vendor does not accept the key. Whoever owns the key has to check it.", usage=usage)
    return Rejected(usage=usage)


def _is_silence(error: BaseException) -> bool:
    import httpx2

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, httpx2.ReadTimeout):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
