"""Resources: documents, requirements, their trace and interviews by URI, and a search in a package.

The same readers as the tools, for clients that let a person put a document beside the chat.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import Annotations, Resource
from pydantic import BaseModel

from api.authenticating import Caller
from api.mcp.calling import caller
from api.mcp.marking import MARK
from api.mcp.tools.arguments import row_id
from api.nouns import asking, coverage, interviews, packages, questions, requirements, search
from api.threads import in_thread
from generation.models import Document
from generation.rules import shelves
from ground.errors import SpecStepError

SCHEME = "specstep"
JSON, TEXT, ZIP = "application/json", "text/plain", "application/zip"
Value = BaseModel | str | bytes
PACKAGES = 10
"""Newest packages whose main documents stand in the list; all others are reached by template."""
MAIN = (
    "AGENTS.md",
    "BRIEF.md",
    "README.md",
    "docs/requirements.md",
    "docs/architecture.md",
    "docs/test-plan.md",
    "backlog/backlog.json",
)


def put_on(server: MCPServer[Any]) -> None:
    """Every template, with who may read it left to the readers."""
    for uri, name, title, mime_type, read in TEMPLATES:
        server.resource(
            f"{SCHEME}://{uri}",
            name=name,
            title=title,
            description=" ".join((read.__doc__ or "").split()),
            mime_type=mime_type,
            meta=MARK,
        )(_reading(read))


def package_overview(who: Caller, package: str) -> packages.PackageDetail:
    """One package with what is incomplete about it."""
    return packages.read(who, row_id(package))


def package_archive(who: Caller, package: str) -> bytes:
    """The zip of a package, byte for byte as the run left it; its SHA-256 is the one that the package names."""
    with packages.archive(who, row_id(package)).content as held:
        content: bytes = held.read()
        return content


def package_documents(who: Caller, package: str) -> packages.DocumentList:
    """The files of a package in the order of reading."""
    return packages.documents(who, row_id(package))


def document(who: Caller, package: str, path: str) -> str:
    """One file of a package as it was written: path as docs/requirements.md."""
    return packages.document(who, row_id(package), path).text


def package_requirements(who: Caller, package: str) -> requirements.RequirementList:
    """All requirements of a package."""
    return requirements.listed(who, row_id(package))


def requirement(who: Caller, package: str, requirement: str) -> requirements.RequirementShape:
    """One requirement by its id, as REQ-014."""
    return requirements.read(who, row_id(package), requirement)


def requirement_trace(who: Caller, package: str, requirement: str) -> requirements.Trace:
    """One requirement followed from who said it to what builds and decides it."""
    return requirements.trace(who, row_id(package), requirement)


def impact(who: Caller, package: str, id: str) -> requirements.Impact:  # noqa: A002  # the name in the template
    """What a change of a fact, answer, requirement or component reaches."""
    return requirements.impact_of(who, row_id(package), id)


def found_in_package(who: Caller, package: str, text: str = "") -> search.Hits:
    """Lines of a package that hold all the words."""
    return search.search(who, text, package=row_id(package))


def interview(who: Caller, interview: str) -> interviews.InterviewDetail:
    """One interview with its open question, assumptions and disagreements."""
    return interviews.read(who, row_id(interview))


def interview_turns(who: Caller, interview: str) -> questions.TurnPage:
    """The first 100 questions of an interview with their answers and facts."""
    return questions.turns(who, row_id(interview), limit=asking.MOST)


def interview_coverage(who: Caller, interview: str) -> coverage.Coverage:
    """Where each of the 47 topics of an interview stands."""
    return coverage.read(who, row_id(interview))


TEMPLATES: tuple[tuple[str, str, str, str, Callable[..., Value]], ...] = (
    ("packages/{package}", "package", "A package", JSON, package_overview),
    ("packages/{package}/archive", "archive", "The zip of a package", ZIP, package_archive),
    ("packages/{package}/documents", "documents", "Documents of a package", JSON, package_documents),
    ("packages/{package}/documents/{+path}", "document", "A document", TEXT, document),
    ("packages/{package}/requirements", "requirements", "Requirements of a package", JSON, package_requirements),
    ("packages/{package}/requirements/{requirement}", "requirement", "A requirement", JSON, requirement),
    ("packages/{package}/requirements/{requirement}/trace", "trace", "The trace of a requirement", JSON, requirement_trace),
    ("packages/{package}/impact/{id}", "impact", "What a change reaches", JSON, impact),
    ("packages/{package}/search{?text}", "search", "Search in a package", JSON, found_in_package),
    ("interviews/{interview}", "interview", "An interview", JSON, interview),
    ("interviews/{interview}/turns", "turns", "What was said", JSON, interview_turns),
    ("interviews/{interview}/coverage", "coverage", "The coverage of an interview", JSON, interview_coverage),
)
"""URI without its scheme, name, title, media type, reader."""


async def listed() -> list[Resource]:
    """The main documents of the caller's newest packages."""
    return await in_thread(_main_documents, caller())


def uri_of(package: object, path: str) -> str:
    return f"{SCHEME}://packages/{package}/documents/{quote(path)}"


def _main_documents(who: Caller) -> list[Resource]:
    newest = {package.id: package for package in packages.listed(who, limit=PACKAGES).items}
    rows = Document.objects.visible_to(who.user).filter(package_id__in=newest, path__in=MAIN)
    held = sorted(rows.values_list("package_id", "path"), key=lambda row: (list(newest).index(row[0]), MAIN.index(row[1])))
    found = []
    for pk, path in held:
        package, name = newest[pk], shelves.name(path)
        title = f"{name}: {package.title}, package {package.number}"
        about = Annotations(audience=["user", "assistant"], last_modified=package.created_at.isoformat())
        found.append(
            Resource(
                uri=uri_of(pk, path), name=path, title=title, description=title, mime_type=TEXT, annotations=about, _meta=MARK
            )
        )
    return found


def _reading(read: Callable[..., Value]) -> Callable[..., Awaitable[str | bytes]]:
    """The reader as the SDK calls it: on the event loop, without the caller, its refusals as the specification names them."""
    signature = inspect.signature(read, eval_str=True)
    parameters = list(signature.parameters.values())[1:]

    @wraps(read)
    async def reading(**arguments: str) -> str | bytes:
        try:
            value = await in_thread(read, caller(), **arguments)
        except asking.NotFound as error:
            raise ResourceNotFoundError(str(error)) from error
        except SpecStepError as error:
            raise ResourceError(str(error)) from error
        return value if isinstance(value, (str, bytes)) else value.model_dump_json(indent=1)

    reading.__signature__ = inspect.Signature(parameters, return_annotation=str | bytes)  # type: ignore[attr-defined]
    reading.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": str | bytes}
    return reading
