"""What interviews do when an account ends below."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.signals import account_closing, account_erasing
from ground.models import LogEntry
from interviews.models import Interview


def listen() -> None:
    """Hear the signals; again is harmless."""
    account_closing.connect(stop_replies, dispatch_uid="interviews.stop_replies")
    account_erasing.connect(forget_streams, dispatch_uid="interviews.forget_streams")


def stop_replies(*, user: User, **_: Any) -> None:
    """No reply is worked out any more; one that is under way stops before its next model call."""
    reading = Interview.objects.filter(workspace__owner=user, state=Interview.State.READING)
    reading.update(state=Interview.State.OPEN, reply_due_at=None)


def forget_streams(*, user: User, **_: Any) -> None:
    """Delete the logs of interviews: they hold pieces of questions, and no foreign key leads to them."""
    interviews = Interview.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    LogEntry.objects.filter(stream__in=[f"interview:{interview}" for interview in interviews]).delete()
