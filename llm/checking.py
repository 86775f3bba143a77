"""Ask a vendor, one single time, whether it accepts a key."""

from __future__ import annotations

import json
import re
import time

import httpx2
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from ground import egress
from ground.errors import BadInput, SpecStepError
from llm.keys import VENDORS

PURPOSE = "key validation"
CONNECT_SECONDS = 3.0
MAX_BYTES = 2 * 1024 * 1024
ANTHROPIC_VERSION = "2023-06-01"

_SHAPE = re.compile(r"[A-Za-z0-9_-]{12,300}", re.ASCII)
_BEGINNINGS = {"anthropic": "sk-ant-", "openai": "sk-"}


class KeyRefused(BadInput):
    """The vendor does not accept the key."""


class NotChecked(SpecStepError):
    """The vendor gave no clear answer, so the key is neither good nor bad."""


@sensitive_variables("key")
def check_shape(provider: str, key: str) -> None:
    """Raise ``BadInput`` for what cannot be a key of ``provider``, before anything is sent. No message holds any part of it."""
    vendor, beginning = VENDORS[provider], _BEGINNINGS[provider]
    if not _SHAPE.fullmatch(key):
        raise BadInput(
            f"This is not the form of a key of {vendor}: letters, digits, hyphens and underscores, 12 to 300 of them, no spaces. "
            "Copy it once more."
        )
    if not key.startswith(beginning) or (provider == "openai" and key.startswith(_BEGINNINGS["anthropic"])):
        raise BadInput(f"A key of {vendor} begins with “{beginning}”. Choose the vendor the key is of, or copy the right key.")


@sensitive_variables("key", "headers", "client", "response")
def check_with_vendor(provider: str, key: str) -> None:
    """Send one request with ``key`` to the list of models, which costs nothing. No second try.

    Raises ``KeyRefused`` when the vendor does not accept it and ``NotChecked`` when it gave no clear answer.
    """
    vendor = VENDORS[provider]
    if provider == "anthropic":
        url = settings.ANTHROPIC_BASE_URL.rstrip("/") + "/v1/models"
        headers = {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
    else:
        url, headers = settings.OPENAI_BASE_URL.rstrip("/") + "/models", {"authorization": f"Bearer {key}"}
    patience = settings.LLM_KEY_CHECK_SECONDS
    until = time.monotonic() + CONNECT_SECONDS + patience
    try:
        with (
            egress.client(
                party=vendor,
                purpose=PURPOSE,
                timeout=httpx2.Timeout(patience, connect=CONNECT_SECONDS),
                max_answer_bytes=MAX_BYTES,
            ) as client,
            client.stream("GET", url, headers={**headers, "accept-encoding": "identity"}) as response,
        ):
            status, body = response.status_code, bytearray()
            for piece in response.iter_raw():
                body += piece
                if time.monotonic() > until:
                    raise httpx2.ReadTimeout("The answer took too long.")
    except (httpx2.HTTPError, egress.AnswerTooLarge):
        # From None: the chain would lead to the request, and the request holds the key.
        raise NotChecked(_unchecked(vendor, "did not answer")) from None
    if status in (401, 403):
        raise KeyRefused(
            f"{vendor} refused this key. Look in your account there whether it is active and may list models. Nothing was stored."
        )
    if status != 200:
        raise NotChecked(_unchecked(vendor, f"answered with status {status}"))
    if not _is_list_of_models(bytes(body)):
        raise NotChecked(_unchecked(vendor, "gave an answer we cannot read"))


def _unchecked(vendor: str, what: str) -> str:
    return f"The key could not be checked: {vendor} {what}. Nothing was stored. Try again in a few minutes."


def _is_list_of_models(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("data"), list)
