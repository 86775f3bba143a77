"""What tools take in: ids as an agent has them, places in long lists, seconds to wait."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from api.nouns.asking import MOST, USUAL, NotFound

InterviewId = Annotated[str, Field(description="Id of an interview, as list_interviews gives it.")]
QuestionId = Annotated[str, Field(description="Id of a question, as get_next_question gives it.")]
FactId = Annotated[str, Field(description="Id of a fact, as list_facts gives it.")]
ConflictId = Annotated[str, Field(description="Id of a disagreement, as get_interview gives it.")]
RunId = Annotated[str, Field(description="Id of a generation, as start_generation or list_generations gives it.")]
PackageId = Annotated[str, Field(description="Id of a package, as list_packages gives it.")]
ReferenceId = Annotated[str, Field(description="Id of a document, as list_references gives it.")]
FolderId = Annotated[str, Field(description="Id of a connected folder, as list_folders gives it.")]
FolderReadingId = Annotated[str, Field(description="Id of a look into a folder, as look_into_folder gives it.")]
ChannelId = Annotated[str, Field(description="Id of a channel, as list_channels gives it.")]
DeliveryId = Annotated[str, Field(description="Id of a delivery, as list_deliveries gives it.")]
Limit = Annotated[int, Field(ge=1, le=MOST, description=f"How many at most; {USUAL} by default.")]
Cursor = Annotated[
    str, Field(max_length=60, description="Where to go on: what the page before gave as next. Empty: from the start.")
]
Seconds = Annotated[int, Field(ge=0, le=50, description="How long to wait for it; 0: answer at once.")]


def row_id(text: str) -> uuid.UUID:
    """The id that was meant. Raises ``NotFound``, as for an id that nobody has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
