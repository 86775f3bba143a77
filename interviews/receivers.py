"""What interviews do when an account or a connected folder ends below."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.signals import account_closing, account_erasing
from connectors.models import Connection
from connectors.signals import folder_ending
from ground.models import LogEntry
from interviews.flows import looking, removing
from interviews.flows.recording import hold
from interviews.models import FolderFile, FolderReading, Interview, Reference


def listen() -> None:
    """Hear the signals; again is harmless."""
    account_closing.connect(stop_replies, dispatch_uid="interviews.stop_replies")
    account_erasing.connect(forget_streams, dispatch_uid="interviews.forget_streams")
    folder_ending.connect(stop_reading_folders, dispatch_uid="interviews.stop_reading_folders")


def stop_replies(*, user: User, **_: Any) -> None:
    """No reply is worked out any more; one that is under way stops before its next model call."""
    reading = Interview.objects.filter(workspace__owner=user, state=Interview.State.READING)
    reading.update(state=Interview.State.OPEN, reply_due_at=None)


def forget_streams(*, user: User, **_: Any) -> None:
    """Delete the logs of interviews: they hold pieces of questions, and no foreign key leads to them."""
    interviews = Interview.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    LogEntry.objects.filter(stream__in=[f"interview:{interview}" for interview in interviews]).delete()


def stop_reading_folders(*, connection: Connection, keep_documents: bool, **_: Any) -> None:
    """Nothing more is read from it; documents that were made of it go where the owner said so (N-20)."""
    why = "The folder was disconnected, so nothing more was read."
    if Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.CONNECTED).exists():
        why = "The provider lets SpecStep in no more. Authorise the folder again in Settings, Integrations, then go on."
    readings = list(FolderReading.objects.filter(connection=connection).select_related("interview").order_by("interview_id"))
    for reading in readings:
        hold(reading.interview)  # before its rows, as whoever looks and chooses does
    for reading in readings:
        looking.end(reading, FolderReading.State.CANCELLED, why)
    files = FolderFile.objects.filter(reading__connection=connection)
    if not keep_documents:
        for reference in Reference.objects.filter(pk__in=files.values("reference")).select_related("interview"):
            removing.remove(reference)
    files.filter(reference=None).delete()
