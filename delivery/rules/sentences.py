"""What an attempt came to, for a person."""

from __future__ import annotations

BROKE = "The connection broke before an answer came."
NOT_REACHED = "We could not connect."
BAD_CERTIFICATE = "Its certificate could not be verified, so nothing was sent."
NO_TLS = "No secure connection came about, so nothing was sent. Does it speak https at this port?"
LOST = "The process that sent this stopped before it could note an answer."


def no_answer(seconds: float) -> str:
    return f"It did not answer within {seconds:g} seconds."


def of_status(status: int) -> str:
    """One sentence for the status of an answer."""
    if 200 <= status < 300:
        return f"Taken: it answered {status}."
    if 300 <= status < 400:
        return f"It answered {status}, a redirect. We do not follow those: enter the final address."
    if status == 410:
        return "It answered 410, gone for good. The webhook is switched off."
    if status in (401, 403):
        return f"It answered {status}: it does not let us in."
    if status == 404:
        return "It answered 404: there is nothing at this address."
    if status == 429:
        return "It answered 429: it wants fewer calls. We wait."
    if status == 503:
        return "It answered 503: it is busy. We wait."
    if status >= 500:
        return f"It answered {status}: a fault on its side."
    return f"It answered {status}: it did not take the event."
