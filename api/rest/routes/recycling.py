"""The Recycle Bin and how long things are kept."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Workspace
from api.nouns import recycling, retention
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT

routes = Routes("Recycle Bin")


@routes.operation("GET", "/recycle-bin", recycling.BinPage)
def list_recycle_bin(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> recycling.BinPage:
    """List what was deleted.

    Packages and interviews that can still be restored; what was made last stands first.
    """
    return recycling.listed(request.caller, limit=limit, cursor=cursor)


@routes.operation("POST", "/recycle-bin/{uuid:item}/restore", recycling.BinItem, errors=(404, 409))
def restore_item(request: Asked, item: UUID) -> recycling.BinItem:
    """Restore what was deleted.

    It is back as it was. The answer shows how it lay in the Recycle Bin.
    """
    return recycling.restore(request.caller, item)


@routes.operation("DELETE", "/recycle-bin/{uuid:item}", None, status=204, errors=(404, 503))
def purge_item(request: Asked, item: UUID) -> None:
    """Delete for good.

    The record and its files, in one operation. This cannot be undone.
    """
    recycling.purge(request.caller, item)


@routes.operation("DELETE", "/recycle-bin", recycling.Emptied, errors=(503,))
def empty_recycle_bin(request: Asked) -> recycling.Emptied:
    """Empty the Recycle Bin.

    All that lies in it is deleted for good. This cannot be undone.
    """
    return recycling.empty(request.caller)


@routes.operation("GET", "/retention", retention.RetentionShape)
def read_retention(request: Asked) -> retention.RetentionShape:
    """Read how long things are kept.

    After how many days packages and interviews go to the Recycle Bin by themselves, and what the plan allows.
    """
    return retention.read(request.caller)


@routes.operation("POST", "/retention/preview", retention.RetentionPreview, takes=(JSON,))
def preview_retention(request: Asked, body: retention.RetentionChange) -> retention.RetentionPreview:
    """See what a change of retention would touch.

    How many packages and interviews the next nightly run would put into the Recycle Bin. Nothing is changed.
    """
    return retention.preview(request.caller, body)


@routes.operation("PATCH", "/retention", retention.RetentionShape, takes=(JSON,), errors=(412,), edits=Workspace)
def change_retention(request: Asked, body: retention.RetentionChange) -> retention.RetentionShape:
    """Change how long things are kept.

    What is left out stays. It acts at the next nightly run; see before what it would touch.
    """
    return retention.change(request.caller, body)
