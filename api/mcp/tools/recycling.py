"""The Recycle Bin. Deleting for good has no tool of its own: ``call_operation`` does it, and says that it destroys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import READS, SETS, Toolbox
from api.mcp.tools.arguments import Cursor, Limit, row_id
from api.nouns import recycling

tool = Toolbox()


@tool("List the Recycle Bin", READS)
def list_recycle_bin(who: Caller, limit: Limit = 50, cursor: Cursor = "") -> recycling.BinPage:
    """List deleted packages and interviews that can still be restored."""
    return recycling.listed(who, limit=limit, cursor=cursor or None)


@tool("Restore what was deleted", SETS)
def restore(who: Caller, item: Annotated[str, Field(description="Its id, as list_recycle_bin gives it.")]) -> recycling.BinItem:
    """Bring a deleted package or interview back as it was."""
    return recycling.restore(who, row_id(item))
