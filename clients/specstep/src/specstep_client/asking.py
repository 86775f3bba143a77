"""HTTP as this program speaks it: one server, no redirects, failures as sentences without contents."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from specstep_client import VERSION
from specstep_client.places import Server
from specstep_client.saying import NotSignedIn, Trouble

AGENT = f"specstep-client/{VERSION}"
TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
WAITING = httpx2.Timeout(120.0, connect=10.0)
"""For answers that may take long: the server gives a sign of life every 15 seconds."""


def client(timeout: httpx2.Timeout = TIMEOUT) -> httpx2.Client:
    return httpx2.Client(timeout=timeout, headers={"User-Agent": AGENT}, follow_redirects=False)


def unreachable(server: Server, error: Exception) -> Trouble:
    """No answer came. What kind of failure it was is told, not its text."""
    return Trouble(f"{server} does not answer ({type(error).__name__}). Check the address and the connection, then try again.")


def refused(status: int) -> NotSignedIn:
    """The credential was not taken."""
    return NotSignedIn(
        f"The server does not take the sign-in any more ({status}): it ended or was revoked. Run specstep sign-in."
    )


def json_of(body: bytes | str) -> Any:
    """The value of a body; None when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def object_of(body: bytes | str, *, what: str) -> dict[str, Any]:
    """The JSON object of a body. Raises ``Trouble``."""
    value = json_of(body)
    if not isinstance(value, dict):
        raise Trouble(f"The server's {what} cannot be read. Is there a SpecStep at this address?")
    return value


def sentence_of(body: bytes) -> str:
    """What the server says about a refusal (RFC 9457, RFC 6749), cut to what fits a terminal; empty when it says nothing."""
    value = json_of(body)
    if not isinstance(value, dict):
        return ""
    said = next((value[name] for name in ("detail", "error_description", "title") if isinstance(value.get(name), str)), "")
    return printable(said)[:600]


def printable(text: str) -> str:
    """Without the signs that move a terminal's cursor, change its colours or turn the direction of writing."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)
