"""What is noted about an account goes when its time is over."""

from __future__ import annotations

import datetime as dt

from accounts import audit, periods
from accounts.models import AuditEvent, KeyDay, Message
from accounts.sessions import SessionStore
from ground import clock

EVENTS_KEPT = periods.EVENTS.length
BILLING_KEPT_YEARS = periods.BILLING_EVENTS.years
MARGIN = dt.timedelta(hours=1)
"""The database refuses to delete an event before its time, by its own clock. Ours may be a little ahead of it."""
DAYS_KEPT = periods.KEY_DAYS.length
MESSAGES_KEPT = periods.MESSAGES.length
AT_ONCE = 1_000
"""Rows per transaction, so that nobody waits long for a lock."""


def sweep() -> int:
    """Delete events of the audit when the time of their class is over, those of deleted accounts too. How many were deleted.

    Detail 90 days (S-117), billing 7 years (S-118); the class was fixed when the event was written (N-34).
    """
    now = clock.now() - MARGIN
    SessionStore.clear_expired()
    KeyDay.objects.filter(day__lt=clock.today() - DAYS_KEPT).delete()
    return _delete(audit.Kept.DETAIL, now - EVENTS_KEPT) + _delete(audit.Kept.BILLING, years_before(now, BILLING_KEPT_YEARS))


def years_before(moment: dt.datetime, years: int) -> dt.datetime:
    """The same day and time ``years`` earlier; for 29 February the 28th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


def _delete(kept: AuditEvent.Kept, before: dt.datetime) -> int:
    deleted = 0
    over = AuditEvent.objects.filter(kept=kept, at__lt=before).order_by("at")
    while ids := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        gone, _ = AuditEvent.objects.filter(pk__in=ids).delete()
        deleted += gone
    return deleted


def sweep_messages() -> int:
    """Delete mails and SMS, and what is known of their delivery, 90 days after they were written (N-49). How many."""
    gone, _ = Message.objects.filter(created_at__lt=clock.now() - MESSAGES_KEPT).delete()
    return gone
