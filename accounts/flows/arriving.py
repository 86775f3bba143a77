"""What became of a message, as Azure Communication Services reports it through Event Grid (S-135).

Of a report two things are kept: the state of our row and when it came. Addresses, numbers and the words of mail servers in it are
not looked at. A report about a message we do not have, as after its account was deleted, changes nothing.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from accounts.carriers import acs
from accounts.models import Message
from accounts.models.notices import Channel
from ground import clock

State = Message.State
BY_MAIL = {
    "Delivered": (State.DELIVERED, ""),
    "Expanded": (State.DELIVERED, "It went to a list of addresses."),
    "Bounced": (State.BOUNCED, "The mail server of the address refused it for good."),
    "Suppressed": (State.BOUNCED, "The address has refused mails before, so the carrier did not try."),
    "FilteredSpam": (State.BOUNCED, "The mail server took it for spam."),
    "Quarantined": (State.BOUNCED, "The mail server holds it back."),
    "Failed": (State.BOUNCED, "It could not be delivered."),
}
"""Statuses of ``EmailDeliveryReportReceived`` (Microsoft, "Azure Communication Services as an Event Grid source: email")."""
BY_SMS = {
    "Delivered": (State.DELIVERED, ""),
    "Failed": (State.BOUNCED, "The network of the number did not deliver it."),
}
REPORTS = {
    "Microsoft.Communication.EmailDeliveryReportReceived": (Channel.EMAIL, "status", BY_MAIL),
    "Microsoft.Communication.SMSDeliveryReportReceived": (Channel.SMS, "deliveryStatus", BY_SMS),
}


def arrived(event: dict[str, Any]) -> bool:
    """Take one event. True if a message follows it; kinds, statuses and messages we do not know are passed over."""
    kind, data = event.get("eventType"), event.get("data")
    if not isinstance(kind, str) or kind not in REPORTS or not isinstance(data, dict):
        return False
    channel, key, known = REPORTS[kind]
    status, carrier_id = data.get(key), data.get("messageId")
    if not isinstance(status, str) or status not in known or not isinstance(carrier_id, str) or not 0 < len(carrier_id) <= 120:
        return False
    state, problem = known[status]
    rows = Message.objects.filter(_is_it(carrier_id, data.get("tag")), channel=channel, state__in=_before(state))
    now = clock.now()
    return bool(rows.update(state=state, problem=problem, reported_at=now, lease_until=None, next_try_at=None))


def _is_it(carrier_id: str, tag: object) -> Q:
    """The row by the carrier's id, or by ours: the report of an SMS may come before the answer that names its id."""
    known = Q(provider=acs.NAME, provider_id=carrier_id)
    try:
        return known | Q(pk=uuid.UUID(tag)) if isinstance(tag, str) else known
    except ValueError:
        return known


def _before(state: Message.State) -> list[Message.State]:
    """From which states it follows. A bounce may come after a delivery; a delivery told again after a bounce changes nothing."""
    under_way = [State.WAITING, State.SENDING, State.SENT]
    return [*under_way, State.DELIVERED] if state == State.BOUNCED else under_way
