"""Connected folders, and files of them for an interview."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from api.nouns import folders
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT, query

routes = Routes("Folders")
SHOWS = "/folder-readings/{reading}"


@routes.operation("GET", "/folders", folders.FolderPage)
def list_folders(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> folders.FolderPage:
    """List connected folders.

    The newest first. One is connected in Settings, Integrations: its owner signs in at the provider.
    """
    return folders.listed(request.caller, limit=limit, cursor=cursor)


@routes.operation("GET", "/folders/{uuid:folder}", folders.FolderDetail, errors=(404,))
def read_folder(request: Asked, folder: UUID) -> folders.FolderDetail:
    """Read a connected folder.

    With what was read from it, interview by interview.
    """
    return folders.read(request.caller, folder)


@routes.operation("DELETE", "/folders/{uuid:folder}", folders.FolderFarewell, errors=(404,))
def disconnect_folder(
    request: Asked,
    folder: UUID,
    documents: Literal["keep", "delete"] = query("keep", description="What becomes of documents made of it.", examples=["keep"]),
) -> folders.FolderFarewell:
    """Disconnect a folder.

    At once: our tokens are destroyed, what is being read from it stops, and the provider is told where it can be.
    """
    return folders.disconnect(request.caller, folder, keep_documents=documents == "keep")


@routes.operation("GET", "/interviews/{uuid:interview}/folder-readings", folders.FolderReadingPage, errors=(404,))
def list_folder_readings(
    request: Asked, interview: UUID, limit: int = LIMIT, cursor: str | None = CURSOR
) -> folders.FolderReadingPage:
    """List looks into folders for an interview.

    The newest first.
    """
    return folders.readings(request.caller, interview, limit=limit, cursor=cursor)


@routes.operation(
    "POST",
    "/interviews/{uuid:interview}/folder-readings",
    folders.FolderReadingShape,
    status=201,
    takes=(JSON,),
    errors=(404, 409),
    shows=SHOWS,
)
def look_into_folder(request: Asked, interview: UUID, body: folders.NewFolderReading) -> folders.FolderReadingShape:
    """Look into a folder for an interview.

    Its files are listed in the background and nothing of them is read yet. Once the state is listed, choose files.
    """
    made = folders.look(request.caller, interview, body)
    request.representation = f"/folder-readings/{made.id}"
    return made


@routes.operation("GET", "/folder-readings/{uuid:reading}", folders.FolderReadingShape, errors=(404,))
def read_folder_reading(request: Asked, reading: UUID) -> folders.FolderReadingShape:
    """Read how a look into a folder stands."""
    return folders.reading(request.caller, reading)


@routes.operation("GET", "/folder-readings/{uuid:reading}/files", folders.FolderFilePage, errors=(404,))
def list_folder_files(request: Asked, reading: UUID, limit: int = LIMIT, cursor: str | None = CURSOR) -> folders.FolderFilePage:
    """List the files of a folder.

    As they were found: those to choose from, those chosen with the document made of each, those left out with the reason.
    """
    return folders.files(request.caller, reading, limit=limit, cursor=cursor)


@routes.operation(
    "POST",
    "/folder-readings/{uuid:reading}/choice",
    folders.FolderReadingShape,
    status=202,
    takes=(JSON,),
    errors=(404, 409),
    shows=SHOWS,
)
def choose_files(request: Asked, reading: UUID, body: folders.FileChoice) -> folders.FolderReadingShape:
    """Choose files of a folder.

    They are read one after the other in the background, and their text joins the interview.
    """
    request.representation = f"/folder-readings/{reading}"
    return folders.choose(request.caller, reading, body)


@routes.operation("POST", "/folder-readings/{uuid:reading}/stop", folders.FolderReadingShape, errors=(404, 409), shows=SHOWS)
def stop_folder_reading(request: Asked, reading: UUID) -> folders.FolderReadingShape:
    """Stop reading from a folder.

    No further request is made for it. What was read stays.
    """
    request.representation = f"/folder-readings/{reading}"
    return folders.stop(request.caller, reading)


@routes.operation(
    "POST", "/folder-readings/{uuid:reading}/go-on", folders.FolderReadingShape, status=202, errors=(404, 409), shows=SHOWS
)
def go_on_with_folder(request: Asked, reading: UUID) -> folders.FolderReadingShape:
    """Go on reading from a folder.

    What was stopped or failed is taken up where it was left.
    """
    request.representation = f"/folder-readings/{reading}"
    return folders.go_on(request.caller, reading)
