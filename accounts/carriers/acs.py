"""Azure Communication Services: mail and SMS over its REST interface.

Not Microsoft's Python packages: they make a fresh id for every SMS, so that a second try is a second SMS, they follow each mail
by polling, and the one for SMS rests on a library that is no longer kept (docs/adr/0012).

Sources: learn.microsoft.com/rest/api/communication, "Email - Send" 2025-09-01, "Sms - Send" 2021-03-07, and "Authentication"
(HMAC-SHA256 with the access key).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.conf import settings

from accounts.carriers import asking
from accounts.carriers.envelope import Handed, Mail, NotSent, Sms
from ground import clock

PARTY = "Azure Communication Services"
NAME = "acs"
MAIL_VERSION = "2025-09-01"
SMS_VERSION = "2021-03-07"


def send_mail(mail: Mail) -> Handed:
    """Hand over one mail. ``Operation-Id`` is the message's id: a second try of the same mail is the same operation."""
    body = {
        "senderAddress": settings.ACS_EMAIL_SENDER,
        "recipients": {"to": [{"address": mail.to}]},
        "content": {"subject": mail.subject, "plainText": mail.text, "html": mail.html},
        "replyTo": [{"address": mail.reply_to}],
        "headers": {"Auto-Submitted": "auto-generated"},  # RFC 3834: no holiday notes in return
        # No pixel and no rewritten links, whatever the resource is set to.
        "userEngagementTrackingDisabled": True,
    }
    try:
        answer = _post(f"/emails:send?api-version={MAIL_VERSION}", body, "email", {"Operation-Id": str(mail.id)})
    except NotSent as error:
        if error.status != 409:
            raise
        # The operation is there already: a try before was taken and its answer lost.
        return Handed(NAME, str(mail.id))
    return Handed(NAME, _text(asking.json_of(answer).get("id")) or str(mail.id))


def send_sms(sms: Sms) -> Handed:
    """Hand over one SMS; the repeatability id is the message's id. Its report carries our id as tag."""
    body = {
        "from": settings.ACS_SMS_SENDER,
        "smsRecipients": [
            {
                "to": sms.to,
                "repeatabilityRequestId": str(sms.id),
                "repeatabilityFirstSent": format_datetime(sms.made_at.astimezone(dt.UTC), usegmt=True),
            }
        ],
        "message": sms.text,
        "smsSendOptions": {"enableDeliveryReport": sms.report, "tag": str(sms.id) if sms.report else ""},
    }
    return _one_of(asking.json_of(_post(f"/sms?api-version={SMS_VERSION}", body, "sms", {})))


def _one_of(answer: dict[str, Any]) -> Handed:
    """What became of the one recipient: the whole is accepted (202) even where the recipient is not."""
    items = answer.get("value")
    item = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    if item.get("successful") is False:
        status = item.get("httpStatusCode")
        passing = isinstance(status, int) and (status in (408, 429) or status >= 500)
        raise NotSent(
            f"{PARTY} did not take the number (HTTP {status if isinstance(status, int) else '?'}).", permanent=not passing
        )
    return Handed(NAME, _text(item.get("messageId")))


def _post(path: str, body: dict[str, Any], purpose: str, headers: dict[str, str]) -> httpx2.Response:
    endpoint = settings.ACS_ENDPOINT.rstrip("/")
    content = json.dumps(body, ensure_ascii=False).encode()
    signed = _signature("POST", path, urlsplit(endpoint).netloc, content)
    everything = {"Content-Type": "application/json", **headers, **signed}
    return asking.post(f"{endpoint}{path}", party=PARTY, purpose=purpose, content=content, headers=everything)


def _signature(method: str, path: str, host: str, content: bytes) -> dict[str, str]:
    """The headers that prove who asks: an HMAC-SHA256 over method, path, date, host and the hash of the body."""
    date = format_datetime(clock.now(), usegmt=True)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    try:
        key = base64.b64decode(settings.ACS_ACCESS_KEY, validate=True)
    except ValueError:
        raise NotSent("ACS_ACCESS_KEY is no base64 key. The operator has to mend the settings.") from None
    proof = base64.b64encode(hmac.digest(key, f"{method}\n{path}\n{date};{host};{digest}".encode(), "sha256")).decode()
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={proof}",
    }


def _text(value: object) -> str:
    """An id as it fits its column; anything else is none."""
    return value if isinstance(value, str) and len(value) <= 120 and value.isprintable() else ""
