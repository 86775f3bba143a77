"""One row of Alice's of every kind that an address names."""

from __future__ import annotations

from typing import Any

from accounts.flows import binning
from accounts.models import BugReport, User
from billing.purses import UnmeteredPurse
from connectors.models import Connection
from delivery.models import Channel, Delivery, Dispatch, Endpoint, Event
from generation.models import Package
from ground import clock
from interviews.flows import answering, opening, referencing
from interviews.models import Conflict, Fact, FolderFile, FolderReading, Interview, Question
from tests.packages import SAID, written

CANARY = "Kestrel-Meadow-Canary"


def furnished(owner: User) -> dict[str, Any]:
    """Their ids by the names they have in addresses. The interview is open; the package is of another one."""
    package: Package = written(owner)
    Package.objects.filter(pk=package.pk).update(title=CANARY)
    interview = opening.open_interview(workspace=owner.workspace, title=CANARY)
    first = interview.questions.get()
    said = answering.store_answer(first, text=f"{SAID} {CANARY}.")
    answering.reply_now(interview, purse=UnmeteredPurse(owner.workspace.pk), provider="offline")
    Interview.objects.filter(pk=interview.pk).update(title=CANARY, state="open")
    facts = Fact.objects.filter(interview=interview)[:2]
    conflict = Conflict.objects.create(
        interview=interview, first=facts[0], second=facts[1], kind=Conflict.Kind.TEXT, subject=CANARY, label="X-001"
    )
    reference = referencing.add_reference(interview, name="hours.md", data=f"# Hours\n{CANARY}\n".encode())
    channel = Channel.objects.create(
        workspace=owner.workspace,
        kind="git",
        name=CANARY,
        place={"url": "https://git.example.org/ours.git", "base": "main", "folder": "docs"},
        state=Channel.State.ACTIVE,
        confirmed_at=clock.now(),
    )
    delivery = Delivery.objects.create(workspace=owner.workspace, channel=channel, package=package, state="sent")
    endpoint = Endpoint.objects.create(
        workspace=owner.workspace, url=f"https://hooks.test/{CANARY}", events=["run.completed"], sealed="v1.1.x"
    )
    event = Event.objects.create(workspace=owner.workspace, kind="run.failed", subject=package.run_id)
    dispatch = Dispatch.objects.create(workspace=owner.workspace, endpoint=endpoint, event=event, state="failed")
    question = Question.objects.get(interview=interview, state="open")
    report = BugReport.objects.create(workspace=owner.workspace, reporter=owner, title=CANARY)
    gone = binned(owner)
    folder, reading, file = a_folder(interview)
    return {
        "item": gone.pk,
        "folder": folder.pk,
        "reading": reading.pk,
        "file": file.pk,
        "interview": interview.pk,
        "question": question.pk,
        "answer": said.pk,
        "fact": facts[0].pk,
        "conflict": conflict.pk,
        "reference": reference.pk,
        "run": package.run_id,
        "package": package.pk,
        "closed": package.project,
        "channel": channel.pk,
        "delivery": delivery.pk,
        "webhook": endpoint.pk,
        "dispatch": dispatch.pk,
        "report": report.pk,
        "requirement": "REQ-001",
        "record": "F-004",
        "path": "docs/requirements.md",
    }


def binned(owner: User) -> Interview:
    """An interview in the Recycle Bin."""
    gone = opening.open_interview(workspace=owner.workspace, title=CANARY)
    binning.discard(gone, actor=owner)
    return gone


def a_folder(interview: Interview) -> tuple[Connection, FolderReading, FolderFile]:
    """A connected folder that was looked into, with one file to choose."""
    now = clock.now()
    folder = Connection.objects.create(
        workspace=interview.workspace, kind="onedrive", folder="x", folder_name=CANARY, expires_at=now, renewed_at=now
    )
    reading = FolderReading.objects.create(
        interview=interview, connection=folder, folder_name=CANARY, state=FolderReading.State.LISTED, seen=1
    )
    file = FolderFile.objects.create(reading=reading, item="1", name="hours.docx", path="Contracts/", size=1024, version="1")
    return folder, reading, file
