"""The door for Event Grid, which brings the delivery reports of Azure Communication Services.

Event Grid shows a secret in a header of its own ("delivery property" of the subscription). Not in the address: addresses are
written into logs on the way. The handshake that begins a subscription is answered without the secret, because Event Grid does not
promise to send the header with it; all it does is repeat a short code, and without the secret no later event is taken.

Sources: Microsoft, "Endpoint validation with Event Grid event schema" and "Custom delivery properties".
"""

from __future__ import annotations

import hmac
import json
import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.flows import arriving

SECRET_HEADER = "X-SpecStep-Hook-Secret"  # noqa: S105  # the name of the header
MOST_BYTES = 1024 * 1024
"""Event Grid's own limit for what it sends at once."""
MOST_EVENTS = 5000
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_CODE = re.compile(r"[A-Za-z0-9-]{1,100}")


@csrf_exempt
@require_POST
def acs_events(request: HttpRequest) -> HttpResponse:
    """Take a batch of events. Nothing of it is stored or logged but the new state of messages that are ours."""
    if not settings.ACS_HOOK_SECRET:
        raise Http404
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return _answer("This is more than one megabyte. Send fewer events at once.", 413)
    shown = hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), settings.ACS_HOOK_SECRET.encode())
    events = _events(body)
    if events is None:
        return _answer("This is no list of events in the Event Grid schema.", 400 if shown else 401)
    if len(events) == 1 and (code := _validation_code(events[0])):
        return JsonResponse({"validationResponse": code})
    if not shown:
        return _answer(f"The header {SECRET_HEADER} does not hold the secret.", 401)
    for event in events:
        arriving.arrived(event)
    return HttpResponse(status=204)


def _events(body: bytes) -> list[dict[str, Any]] | None:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not all(isinstance(event, dict) for event in events):
        return None
    return events


def _validation_code(event: dict[str, Any]) -> str:
    data = event.get("data")
    code = data.get("validationCode") if isinstance(data, dict) else None
    return code if event.get("eventType") == VALIDATION and isinstance(code, str) and _CODE.fullmatch(code) else ""


def _answer(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
