"""Packages and their documents, and what is incomplete about them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from api import straight
from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Label, Listed, Shape
from api.threads import in_thread
from delivery.flows import handing_out
from generation import pages
from generation.flows import discarding
from generation.models import Document, Package
from generation.rules import shelves
from interviews.models import Interview


class Counts(Shape):
    """What is in a package."""

    requirements: int = Field(default=0, examples=[41])
    must: int = Field(default=0, description="Requirements without which it is not delivered.", examples=[23])
    tests: int = Field(default=0, examples=[67])
    stories: int = Field(default=0, examples=[18])
    assumptions: int = Field(default=0, examples=[12])
    open_questions: int = Field(default=0, examples=[3])
    conflicts: int = Field(default=0, examples=[1])
    answers: int = Field(default=0, examples=[25])
    facts: int = Field(default=0, examples=[118])


class PackageShape(Shape):
    """What a finished run left, as lists show it."""

    id: uuid.UUID
    interview: uuid.UUID
    run: uuid.UUID
    number: int = Field(description="Counts from 1 within the interview.", examples=[1])
    title: str = Field(examples=["Front desk of a clinic"])
    grade: str = Field(description="excellent, good, fair, poor, or unjudged where no model reviewed it.", examples=["good"])
    drafted_by: str = Field(description="Who wrote it; offline: rule-based agents, without a model.", examples=["anthropic"])
    counts: Counts
    sha256: str = Field(description="Of the zip.", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    size: int = Field(description="Bytes of the zip.", examples=[81_920])
    created_at: dt.datetime


class PackagePage(Listed[PackageShape]):
    """Packages, the newest first."""


class Assumption(Shape):
    """Something a package takes for true that nobody said."""

    id: Label
    text: str = Field(examples=["Two seconds are fast enough for every page."])
    if_wrong: str
    owner: str
    trigger: str = Field(description="When it has to be settled.", examples=["21 December 2026"])
    risk: str = Field(examples=["medium"])


class OpenQuestion(Shape):
    """A question a package could not answer."""

    id: Label
    text: str
    why: str
    owner: str
    due: str
    default: str = Field(description="What holds until it is answered.")


class Disagreement(Shape):
    """Two things that were said and cannot both hold."""

    id: Label
    subject: str
    quotes: list[str]
    resolution: str


class PackageDetail(PackageShape):
    """One package with what is incomplete about it."""

    is_complete: bool = Field(description="No assumption, open question or open conflict is in it.")
    assumptions: list[Assumption]
    open_questions: list[OpenQuestion]
    conflicts: list[Disagreement] = Field(description="Settled ones too; see resolution.")


class DocumentShape(Shape):
    """One file of a package."""

    path: str = Field(examples=["docs/requirements.md"])
    name: str = Field(description="What a reader calls it.", examples=["Requirements"])
    shelf: str = Field(description="The group it is listed in.", examples=["Documents"])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class DocumentList(Shape):
    """All files of a package, in the order of reading."""

    package: uuid.UUID
    items: list[DocumentShape]


class DocumentDetail(Shape):
    """One file with its text."""

    package: uuid.UUID
    path: str = Field(examples=["docs/requirements.md"])
    name: str = Field(examples=["Requirements"])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    media_type: str = Field(examples=["text/markdown"])
    text: str = Field(examples=["# Requirements\n"])


class JudgedDocument(Shape):
    """A document with what was counted and what was judged in it."""

    path: str = Field(examples=["docs/vision.md"])
    name: str = Field(examples=["Vision"])
    verdict: str = Field(description="strong, adequate, thin, broken, or unjudged.", examples=["adequate"])
    hits: int = Field(description="Criteria that code found met.", examples=[17])
    total: int = Field(examples=[19])
    counted: list[dict[str, Any]] = Field(description="Criteria that code counts, as in quality/scorecard.json.")
    judged: list[dict[str, Any]] = Field(description="Criteria that reviewers judged, with the words they rest on.")


class Finding(Shape):
    """A fault that a check or a reviewer found."""

    id: str
    code: str
    severity: Literal["error", "warning", "info"]
    doc: str = Field(description="Path of the document.", examples=["docs/requirements.md"])
    section: str
    quote: str | None
    message: str
    why: str | None
    fix: str | None
    status: str = Field(description="open, or how it was settled.", examples=["open"])
    reviewer: str


class Scorecard(Shape):
    """Both judgements of a package: what code counted and what reviewers judged."""

    package: uuid.UUID
    grade: str = Field(examples=["good"])
    sums: dict[str, Any] = Field(description="On the whole package: rule, thin, open_errors, unjudged.")
    documents: list[JudgedDocument]
    findings: list[Finding] = Field(description="Open ones first, the gravest first.")


def listed(
    caller: Caller, *, interview: uuid.UUID | None = None, limit: int = asking.USUAL, cursor: str | None = None
) -> PackagePage:
    """Packages of the account, or of one interview."""
    rows = _LISTING.rows(caller.user)
    if interview:
        rows = rows.filter(interview=asking.found(Interview.objects.all(), caller, interview))
    items, more = _LISTING.cut(rows, limit=limit, cursor=cursor)
    return PackagePage(items=items, next=more)


async def listed_straight(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> PackagePage:
    """Packages of the account, for an event loop: where that is possible without a thread."""
    if not straight.is_possible():
        return await in_thread(listed, caller, limit=limit, cursor=cursor)
    items, more = await _LISTING.cut_straight(caller, limit=limit, cursor=cursor)
    return PackagePage(items=items, next=more)


def read(caller: Caller, package: uuid.UUID) -> PackageDetail:
    """One package with its assumptions, open questions and conflicts."""
    row = asking.found(Package.objects.all(), caller, package)
    model = row.model
    incomplete = {
        "assumptions": [_of(Assumption, one) for one in model.get("assumptions", [])],
        "open_questions": [_of(OpenQuestion, one) for one in model.get("open_questions", [])],
        "conflicts": [_of(Disagreement, one) for one in model.get("conflicts", [])],
    }
    unsettled = any(one.resolution == "open" for one in incomplete["conflicts"])
    is_complete = not (incomplete["assumptions"] or incomplete["open_questions"] or unsettled)
    return PackageDetail(**_fields(row), **incomplete, is_complete=is_complete)


def discard(caller: Caller, package: uuid.UUID) -> None:
    """Put it into the Recycle Bin."""
    row = asking.found(Package.objects.defer("model"), caller, package)
    discarding.discard(row, actor=caller.user, means=caller.means)


def discard_interview(caller: Caller, interview: uuid.UUID, *, with_packages: bool = False) -> None:
    """Put an interview into the Recycle Bin, and the packages that were written from it where that is asked for."""
    row = asking.found(Interview.objects.all(), caller, interview)
    discarding.discard_interview(row, actor=caller.user, with_packages=with_packages, means=caller.means)


def documents(caller: Caller, package: uuid.UUID) -> DocumentList:
    """The files of a package."""
    row = asking.found(Package.objects.defer("model"), caller, package)
    digests = dict(row.documents.values_list("path", "sha256"))
    items = [
        DocumentShape(path=volume.path, name=volume.name, shelf=shelf.name, sha256=digests[volume.path])
        for shelf in shelves.shelved(digests)
        for volume in shelf.volumes
    ]
    return DocumentList(package=row.pk, items=items)


def document(caller: Caller, package: uuid.UUID, path: str) -> DocumentDetail:
    """One file with its text. ``path`` as listed: nothing is looked up on a disk."""
    row = asking.found(Package.objects.defer("model"), caller, package)
    held: Document | None = None if "\x00" in path else row.documents.filter(path=path).first()
    if held is None:
        raise asking.NotFound("This package has no such file. Its list of documents says which there are.")
    return DocumentDetail(
        package=row.pk, path=held.path, name=shelves.name(held.path), sha256=held.sha256, media_type=_media(path), text=held.text
    )


def scorecard(caller: Caller, package: uuid.UUID) -> Scorecard:
    """How good it is, counted and judged."""
    row = asking.found(Package.objects.defer("model"), caller, package)
    page = pages.scorecard_page(row)
    return Scorecard(
        package=row.pk,
        grade=row.grade,
        sums=page.sums,
        documents=[
            JudgedDocument(
                path=one.path,
                name=one.name,
                verdict=one.verdict,
                hits=one.hits,
                total=one.total,
                counted=one.counted,
                judged=one.judged,
            )
            for one in page.rows
        ],
        findings=[_of(Finding, one) for one in page.findings],
    )


def archive(caller: Caller, package: uuid.UUID) -> handing_out.Archive:
    """The zip, opened for reading. Raises ``ArchiveMissing``."""
    return handing_out.archive_of(asking.found(Package.objects.defer("model"), caller, package))


def _media(path: str) -> str:
    known = {"md": "text/markdown", "json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv"}
    return known.get(path.rpartition(".")[2], "text/plain")


def _of(shape: type[Any], row: dict[str, Any]) -> Any:
    """A record of the published model as its shape. What the shape does not name is left out."""
    return shape(**{name: row[name] for name in shape.model_fields if name in row})


def _shape(row: Package) -> PackageShape:
    return PackageShape(**_fields(row))


_PLAIN = ("id", "number", "title", "grade", "sha256", "size", "created_at")
_LISTING = asking.Listing(Package, (*_PLAIN, "project", "run", "summary"), _shape)


def _fields(row: Package) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _PLAIN} | {
        "interview": row.project,
        "run": row.run_id,
        "drafted_by": str(row.summary.get("drafted_by", "")),
        "counts": Counts(**{name: int(row.summary.get(name, 0)) for name in Counts.model_fields}),
    }
