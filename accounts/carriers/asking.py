"""One call to a carrier, and what its answer means for a message."""

from __future__ import annotations

import datetime as dt
import logging
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from django.conf import settings

from accounts.carriers.envelope import NotSent
from ground import clock, egress

log = logging.getLogger(__name__)
MAX_ANSWER_BYTES = 256 * 1024
LONGEST_WAIT = 6 * 3600.0


def post(url: str, *, party: str, purpose: str, **request: Any) -> httpx2.Response:
    """Post one message. Raises ``NotSent`` for every answer but 2xx, with what it means; the answer's words are not passed on."""
    timeout = httpx2.Timeout(settings.CARRIER_SECONDS, connect=min(egress.CONNECT_SECONDS, settings.CARRIER_SECONDS))
    try:
        with egress.client(party=party, purpose=purpose, timeout=timeout, max_answer_bytes=MAX_ANSWER_BYTES) as client:
            answer = client.post(url, **request)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise NotSent(f"{party} could not be reached.") from error
    except (httpx2.TransportError, egress.AnswerTooLarge) as error:
        raise NotSent(f"{party} took the message or not: the connection ended before its answer.", unclear=True) from error
    except egress.EgressRefused as error:
        log.error("%s may not be called: %s", party, error)
        raise NotSent(f"{party} may not be called from here. The operator has to mend the settings.") from error
    if answer.is_success:
        return answer
    raise _refused(answer, party)


def json_of(answer: httpx2.Response) -> dict[str, Any]:
    """The answer's object; empty when it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refused(answer: httpx2.Response, party: str) -> NotSent:
    status = answer.status_code
    if status in (401, 403):
        # Ours to mend, and no fault of the message: it waits until the settings are right or its tries are used up.
        log.error("%s refuses our credentials (HTTP %s).", party, status)
        return NotSent(f"{party} refuses our credentials. The operator has to mend the settings.")
    if status in (408, 425, 429) or status >= 500:
        return NotSent(f"{party} is busy or out of order (HTTP {status}).", retry_after=_asked_to_wait(answer), status=status)
    return NotSent(f"{party} refused the message (HTTP {status}).", permanent=True, status=status)


def _asked_to_wait(answer: httpx2.Response) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3): a number or a date."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(asked)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return min(max(0.0, (at - clock.now()).total_seconds()), LONGEST_WAIT)
