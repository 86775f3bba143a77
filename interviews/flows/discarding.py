"""What an interview leaves when it goes to the Recycle Bin, and when it is purged."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from accounts.flows import binning
from ground.models import LogEntry
from interviews.flows import looking, reading
from interviews.models import Answer, FolderReading, Interview, Reference
from interviews.signals import interview_discarded, interview_purged

DELETED = "The interview was deleted, so nothing more was read."


def declare() -> None:
    """Let interviews lie in the bin."""
    binning.declare(
        binning.Kind(
            "interview",
            "Interview",
            Interview,
            discarded=stop,
            files=lambda _: (),
            purged=forget,
            setting="interviews",
            untouched_since=untouched_since,
            kept_by_default=True,
        )
    )


def untouched_since(interviews: QuerySet[Interview], moment: dt.datetime) -> QuerySet[Interview]:
    """Those that were begun at this moment or earlier, and in which nothing was said after it."""
    said_later = Answer.objects.filter(interview=OuterRef("pk"), created_at__gt=moment)
    return interviews.filter(~Exists(said_later), created_at__lte=moment)


def stop(interview: Interview) -> None:
    """No reply is worked out any more; what floors above do with it stops as well. It can be restored as it was."""
    Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(state=Interview.State.OPEN, reply_due_at=None)
    for under_way in interview.folder_readings.filter(state__in=[FolderReading.State.LOOKING, FolderReading.State.READING]):
        looking.end(under_way, FolderReading.State.CANCELLED, DELETED)
    for waiting in interview.references.filter(state__in=[Reference.State.WAITING, Reference.State.READING]):
        reading.drop(waiting, DELETED, state=Reference.State.CANCELLED)
    interview_discarded.send(sender=Interview, interview=interview)


def forget(interview: Interview) -> None:
    """Its log, which no foreign key leads to. Questions, answers, facts and reference documents go with the row (S-030)."""
    interview_purged.send(sender=Interview, interview=interview)
    LogEntry.objects.filter(stream=interview.stream).delete()
