"""What interviews have of a connected folder, for its page in Settings."""

from __future__ import annotations

from collections import defaultdict

from connectors.models import Connection
from connectors.uses import Document, Use
from interviews.models import FolderFile, Interview, Reference


def find(connection: Connection) -> list[Use]:
    """By interview, the documents that were read from this folder and are still there."""
    files = FolderFile.objects.filter(reading__connection=connection, reference__state=Reference.State.READ)
    found: dict[Interview, list[Document]] = defaultdict(list)
    for file in files.select_related("reading__interview", "reference").order_by("-reference__created_at"):
        if file.reference is not None:
            found[file.reading.interview].append(Document(file.reference.name, file.reference.created_at))
    return [Use(interview.title, interview.get_absolute_url(), documents) for interview, documents in found.items()]
