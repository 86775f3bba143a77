"""Twilio: SMS over its REST interface, where an operator has chosen it (S-134).

Source: twilio.com/docs/messaging/api/message-resource, "Create a Message resource". There is no key for repeated requests, so a
message whose answer was lost is not sent again.
"""

from __future__ import annotations

from django.conf import settings

from accounts.carriers import asking
from accounts.carriers.envelope import Handed, Sms

PARTY = "Twilio"
NAME = "twilio"


def send_sms(sms: Sms) -> Handed:
    """Hand over one SMS. ``TWILIO_FROM`` is a number, or the id of a messaging service ("MG...")."""
    sender = "MessagingServiceSid" if settings.TWILIO_FROM.startswith("MG") else "From"
    account = settings.TWILIO_ACCOUNT_SID
    answer = asking.post(
        f"{settings.TWILIO_API_URL.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json",
        party=PARTY,
        purpose="sms",
        data={"To": sms.to, sender: settings.TWILIO_FROM, "Body": sms.text},
        auth=(account, settings.TWILIO_AUTH_TOKEN),
    )
    sid = asking.json_of(answer).get("sid")
    return Handed(NAME, sid if isinstance(sid, str) and len(sid) <= 120 else "")
