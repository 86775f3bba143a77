"""Completion of what a person types into a prompt or a template: ids of their packages, interviews, requirements, files."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from api.authenticating import Caller
from api.mcp.calling import caller
from api.mcp.tools.arguments import row_id
from api.nouns import asking, interviews, packages, requirements
from api.threads import in_thread

MOST = 100
"""Values of one answer; the specification allows no more."""


def put_on(server: MCPServer[Any]) -> None:
    server.completion()(complete)  # type: ignore[no-untyped-call]


async def complete(
    ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, context: CompletionContext | None
) -> Completion:
    """Values of one argument that hold what was typed. Ids are also found by the title they stand for."""
    given = (context.arguments if context else None) or {}
    fitting = await in_thread(_fitting, caller(), argument.name, argument.value, given)
    return Completion(values=fitting[:MOST], total=len(fitting), has_more=len(fitting) > MOST)


def _fitting(who: Caller, name: str, typed: str, given: dict[str, str]) -> list[str]:
    wanted = typed.casefold()
    return [value for value, words in _known(who, name, given) if wanted in value.casefold() or wanted in words.casefold()]


def _known(who: Caller, name: str, given: dict[str, str]) -> list[tuple[str, str]]:
    """Values and the words they stand for. Nothing where the package is not the caller's."""
    try:
        if name == "package":
            return [(str(one.id), f"{one.title} {one.number}") for one in packages.listed(who, limit=asking.MOST).items]
        if name == "interview":
            return [(str(one.id), one.title) for one in interviews.listed(who, limit=asking.MOST).items]
        package = _package(who, given)
        if package is None:
            return []
        if name == "path":
            return [(one.path, one.name) for one in packages.documents(who, package).items]
        if name in ("requirement", "id"):
            return [(one.id, one.plain) for one in requirements.listed(who, package).items]
    except asking.NotFound:
        pass
    return []


def _package(who: Caller, given: dict[str, str]) -> Any:
    """The one that stands in the form already, else the newest."""
    if given.get("package"):
        return row_id(given["package"])
    newest = packages.listed(who, limit=1).items
    return newest[0].id if newest else None
