"""Prompts: ways to begin with a package that a person picks in the client. Their words are files in ``words``; records of the
package come beside them as resources, so that a client and its model can tell the two apart.
"""

from __future__ import annotations

import json
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import jinja2
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, EmbeddedResource, TextResourceContents
from pydantic import Field

from api.authenticating import Caller
from api.mcp import resources
from api.mcp.calling import caller
from api.mcp.marking import MARK
from api.mcp.tools.arguments import row_id
from api.nouns import packages, requirements
from api.threads import in_thread
from generation.rules.backlog import next_story
from ground.errors import BadInput, SpecStepError

WORDS = Path(__file__).with_name("words")
BACKLOG = "backlog/backlog.json"
MOST_RECORDS = 12
IDS = re.compile(r"\b(?:REQ-\d+|NFR-[A-Z]+-\d+)\b")

PackageArgument = Annotated[str, Field(description="Id of the package; empty: the newest.")]


def put_on(server: MCPServer[Any]) -> None:
    server.prompt(title="Implement the next story")(implement_next_story)
    server.prompt(title="Review a pull request against the requirements")(review_pull_request)
    server.prompt(title="Explain a requirement")(explain_requirement)


async def implement_next_story(
    package: PackageArgument = "",
    done: Annotated[str, Field(description="Ids of the stories that are done: ST-01, ST-02.")] = "",
    story: Annotated[str, Field(description="Id of the story; empty: the next one in the order of the backlog.")] = "",
) -> list[Message]:
    """Begin with the next story of a package: its record, its requirements and tests, and how to go about it."""
    return await _told(_implement, package, done, story)


async def review_pull_request(
    package: PackageArgument = "",
    change: Annotated[str, Field(description="The diff, its description or its address; ids in it are looked up.")] = "",
) -> list[Message]:
    """Hold a pull request against the requirements of a package."""
    return await _told(_review, package, change)


async def explain_requirement(
    requirement: Annotated[str, Field(description="REQ-014 or NFR-PER-01.")], package: PackageArgument = ""
) -> list[Message]:
    """Explain a requirement: what it says, who said so, what decides it."""
    return await _told(_explain, package, requirement)


def _implement(who: Caller, package: str, done: str, story: str) -> list[Message]:
    about = _package(who, package)
    backlog = json.loads(packages.document(who, about.id, BACKLOG).text)
    chosen = next_story(backlog, done=set(re.findall(r"ST-\d+", done)), wanted=story.strip())
    if chosen is None:
        raise BadInput("No story is left: all are done, or the named one is not in the backlog of this package.")
    held = [_record(about.id, BACKLOG, chosen)]
    held += [_trace(who, about.id, label) for label in chosen["req_ids"][:MOST_RECORDS]]
    return [UserMessage(_worded("implement_next_story", about, story=chosen)), *held]


def _review(who: Caller, package: str, change: str) -> list[Message]:
    about = _package(who, package)
    known = {one.id for one in requirements.listed(who, about.id).items}
    ids = [label for label in dict.fromkeys(IDS.findall(change)) if label in known][:MOST_RECORDS]
    held = [_trace(who, about.id, label) for label in ids]
    return [UserMessage(_worded("review_pull_request", about, ids=ids, change=change.strip())), *held]


def _explain(who: Caller, package: str, requirement: str) -> list[Message]:
    about = _package(who, package)
    traced = _trace(who, about.id, requirement.strip())
    return [UserMessage(_worded("explain_requirement", about, requirement=requirement.strip())), traced]


def _package(who: Caller, given: str) -> packages.PackageShape:
    if given.strip():
        return packages.read(who, row_id(given.strip()))
    newest = packages.listed(who, limit=1).items
    if not newest:
        raise BadInput("This account has no package yet. Write one first: start_generation.")
    return newest[0]


def _trace(who: Caller, package: uuid.UUID, requirement: str) -> Message:
    traced = requirements.trace(who, package, requirement)
    return _resource(
        f"{resources.SCHEME}://packages/{package}/requirements/{requirement}/trace", traced.model_dump_json(indent=1)
    )


def _record(package: uuid.UUID, path: str, row: dict[str, Any]) -> Message:
    return _resource(f"{resources.uri_of(package, path)}#{row['id']}", json.dumps(row, ensure_ascii=False, indent=1))


def _resource(uri: str, text: str) -> Message:
    held = TextResourceContents(uri=uri, mime_type=resources.JSON, text=text, _meta=MARK)
    return UserMessage(EmbeddedResource(type="resource", resource=held))


def _worded(name: str, about: packages.PackageShape, **more: Any) -> str:
    return _template(name).render(title=about.title, number=about.number, package=about.id, **more).strip()


@cache
def _template(name: str) -> jinja2.Template:
    words = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701  # not HTML
    return words.from_string((WORDS / f"{name}.md").read_text())


async def _told(work: Any, *given: str) -> list[Message]:
    try:
        messages: list[Message] = await in_thread(work, caller(), *given)
    except SpecStepError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from error
    return messages
