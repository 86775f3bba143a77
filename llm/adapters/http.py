"""What both vendors' adapters share: time limits, waiting times, and the name of a failure by its HTTP status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ground.errors import SpecStepError
from llm.errors import ModelBusy, ModelFailed, Rejected, StreamBroken, TooLong, Usage

if TYPE_CHECKING:
    import httpx2

PURPOSE = "model calls"
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""The longest wait between two pieces of an answer. Vendors send a ping more often than that."""
TEMPORARY = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}


def patience(seconds_left: float) -> httpx2.Timeout:
    """Time limits for one attempt that has ``seconds_left``."""
    import httpx2

    return httpx2.Timeout(min(SILENCE_SECONDS, seconds_left), connect=min(CONNECT_SECONDS, seconds_left))


def after(response: httpx2.Response) -> float | None:
    """Seconds the vendor asks us to wait (RFC 9110, 10.2.3), None when it does not say or says a date."""
    for header, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = response.headers.get(header, "")
        try:
            seconds = float(value) * scale
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return seconds
    return None


def failure_of(error: Exception, usage: Usage, request_id: str) -> ModelFailed:
    """The named failure for what an SDK or the HTTP client raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SpecStepError):
            # Refused by our own way out; an SDK may have wrapped it as a connection error, which it is not.
            return Rejected(str(cause), usage=usage, request_id=request_id)
        cause = cause.__cause__ or cause.__context__
    status = getattr(error, "status_code", None)
    if status is None:
        # No status: the connection failed, broke in the middle, or carried something that is not the protocol.
        return StreamBroken(usage=usage, request_id=request_id) if usage != Usage() else ModelBusy(request_id=request_id)
    if status in TEMPORARY or status >= 500:
        return ModelBusy(
            usage=usage, request_id=request_id, retry_after=after(error.response) if hasattr(error, "response") else None
        )
    if status == 413:
        return TooLong(usage=usage, request_id=request_id)
    if status in {401, 403}:
        return Rejected(
            "The model vendor does not accept the key. An operator has to check the key in the settings.",
            usage=usage,
            request_id=request_id,
        )
    return Rejected(usage=usage, request_id=request_id)
