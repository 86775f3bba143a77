"""What is noted about an account goes when its time is over."""

from __future__ import annotations

import datetime as dt

from accounts.models import AuditEvent, Message
from accounts.sessions import SessionStore
from ground import clock

EVENTS_KEPT = dt.timedelta(days=90)
MESSAGES_KEPT = dt.timedelta(days=90)


def sweep() -> int:
    """Delete sessions that have run out, and events of the audit that are older than 90 days (S-117); how many events.

    Events of deleted accounts go as well.
    """
    SessionStore.clear_expired()
    gone, _ = AuditEvent.objects.filter(at__lt=clock.now() - EVENTS_KEPT).delete()
    return gone


def sweep_messages() -> int:
    """Delete mails and SMS, and what is known of their delivery, 90 days after they were written (N-49). How many."""
    gone, _ = Message.objects.filter(created_at__lt=clock.now() - MESSAGES_KEPT).delete()
    return gone
