"""Connected folders: looked into for an interview, and files of them read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import ADDS, READS, Toolbox
from api.mcp.tools.arguments import Cursor, FolderId, FolderReadingId, InterviewId, Limit, row_id
from api.nouns import folders

tool = Toolbox()


@tool("List connected folders", READS)
def list_folders(who: Caller, limit: Limit = 50, cursor: Cursor = "") -> folders.FolderPage:
    """List the folders that may be read. The owner connects one in Settings, Integrations."""
    return folders.listed(who, limit=limit, cursor=cursor or None)


@tool("Look into a folder", ADDS)
def look_into_folder(who: Caller, interview: InterviewId, folder: FolderId) -> folders.FolderReadingShape:
    """Begin to list the files of a folder for an interview; none is read yet. Go on with list_folder_files."""
    return folders.look(who, row_id(interview), folders.NewFolderReading(folder=row_id(folder)))


@tool("List files of a folder", READS)
def list_folder_files(who: Caller, reading: FolderReadingId, limit: Limit = 50, cursor: Cursor = "") -> folders.FolderFilePage:
    """List what was found in a folder, and how far reading what was chosen is. While `reading.state` is `looking`, call it
    again."""
    return folders.files(who, row_id(reading), limit=limit, cursor=cursor or None)


@tool("Choose files of a folder", ADDS)
def choose_folder_files(
    who: Caller,
    reading: FolderReadingId,
    files: Annotated[
        list[str], Field(min_length=1, max_length=folders.MOST_FILES, description="Ids, as list_folder_files gives them.")
    ],
) -> folders.FolderReadingShape:
    """Have files of a folder read; their text joins the interview. The owner says which."""
    return folders.choose(who, row_id(reading), folders.FileChoice(files=[row_id(file) for file in files]))
