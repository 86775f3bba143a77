"""Who calls a tool: the person whose token it is, and the tool that holds it."""

from __future__ import annotations

from contextvars import ContextVar

from accounts.models import User, Workspace
from api.authenticating import Caller
from api.oauth.recognising import Grantee

_caller: ContextVar[Caller] = ContextVar("mcp_caller")


def caller() -> Caller:
    """Who called. Raises ``LookupError`` outside a call that the door let in."""
    return _caller.get()


def called_by(tool: Grantee) -> None:
    """Say who calls, for the rest of this context.

    Nothing is read for it: most tools need the ids alone. What else is asked of user or workspace is read then, in the thread
    that asks (a deferred field).
    """
    user = User.from_db(None, ["id"], [tool.user_id])
    workspace = Workspace.from_db(None, ["id", "owner_id"], [tool.workspace_id, tool.user_id])
    _caller.set(Caller(user, workspace, tool.token_id, tool.client_name, tool.means))
