"""Packages: documents, requirements, traces, what a change reaches."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.http import FileResponse

from api.nouns import packages, requirements, search
from api.rest.operations import Asked, Routes
from api.rest.routes.parameters import CURSOR, INTERVIEW, LIMIT, query

routes = Routes("Packages")
WORDS = query(
    min_length=1,
    max_length=200,
    pattern=r"^[^\x00]*$",
    description="1 to 8 words; a line has to hold all of them.",
    examples=["booking"],
)


@routes.operation("GET", "/packages", packages.PackagePage, errors=(404,))
def list_packages(
    request: Asked, interview: UUID | None = INTERVIEW, limit: int = LIMIT, cursor: str | None = CURSOR
) -> packages.PackagePage:
    """List packages.

    The newest first.
    """
    return packages.listed(request.caller, interview=interview, limit=limit, cursor=cursor)


@routes.operation("GET", "/packages/{uuid:package}", packages.PackageDetail, errors=(404,))
def read_package(request: Asked, package: UUID) -> packages.PackageDetail:
    """Read a package.

    With what is incomplete about it: assumptions, open questions and conflicts.
    """
    return packages.read(request.caller, package)


@routes.operation("GET", "/packages/{uuid:package}/archive.zip", bytes, produces="application/zip", errors=(404,))
def download_archive(request: Asked, package: UUID) -> FileResponse:
    """Download the archive.

    The zip, byte for byte as the run left it; the same answers give the same bytes. Its ETag is its SHA-256.
    """
    held = packages.archive(request.caller, package)
    response = FileResponse(held.content, as_attachment=True, filename=held.name, content_type="application/zip")
    response.headers["ETag"] = f'"{held.sha256}"'
    return response


@routes.operation("DELETE", "/packages/{uuid:package}", None, status=204, errors=(404,))
def delete_package(request: Asked, package: UUID) -> None:
    """Delete a package.

    It goes to the Recycle Bin, where it can be restored for 30 days; nothing of it is seen or sent anywhere else meanwhile.
    """
    packages.discard(request.caller, package)


@routes.operation("GET", "/packages/{uuid:package}/documents", packages.DocumentList, errors=(404,))
def list_documents(request: Asked, package: UUID) -> packages.DocumentList:
    """List the documents of a package.

    In the order of reading, each with the SHA-256 of its text.
    """
    return packages.documents(request.caller, package)


@routes.operation("GET", "/packages/{uuid:package}/documents/{path:path}", packages.DocumentDetail, errors=(404,))
def read_document(request: Asked, package: UUID, path: str) -> packages.DocumentDetail:
    """Read a document.

    With its text. Slashes of the path may stand as they are, or as %2F.
    """
    return packages.document(request.caller, package, path)


@routes.operation("GET", "/packages/{uuid:package}/scorecard", packages.Scorecard, errors=(404,))
def read_scorecard(request: Asked, package: UUID) -> packages.Scorecard:
    """Read the scorecard of a package.

    What code counted and what reviewers judged, apart from each other, and every finding.
    """
    return packages.scorecard(request.caller, package)


@routes.operation("GET", "/packages/{uuid:package}/requirements", requirements.RequirementList, errors=(404,))
def list_requirements(
    request: Asked,
    package: UUID,
    priority: Literal["must", "should", "could"] | None = query(None, description="Of this priority only.", examples=["must"]),
    kind: Literal["functional", "quality"] | None = query(None, description="Of this kind only.", examples=["functional"]),
) -> requirements.RequirementList:
    """List the requirements of a package."""
    return requirements.listed(request.caller, package, priority=priority, kind=kind)


@routes.operation("GET", "/packages/{uuid:package}/requirements/{requirement}", requirements.RequirementShape, errors=(404,))
def read_requirement(request: Asked, package: UUID, requirement: str) -> requirements.RequirementShape:
    """Read a requirement."""
    return requirements.read(request.caller, package, requirement)


@routes.operation("GET", "/packages/{uuid:package}/requirements/{requirement}/trace", requirements.Trace, errors=(404,))
def trace_requirement(request: Asked, package: UUID, requirement: str) -> requirements.Trace:
    """Follow a requirement.

    Back to who said it, and forward to what answers it, what builds it and what decides it.
    """
    return requirements.trace(request.caller, package, requirement)


@routes.operation("GET", "/packages/{uuid:package}/impact/{record}", requirements.Impact, errors=(404,))
def read_impact(request: Asked, package: UUID, record: str) -> requirements.Impact:
    """See what a change reaches.

    Of an answer, fact, requirement, assumption, component, test or story: what rests on it and has to be looked at again, and
    what it comes from.
    """
    return requirements.impact_of(request.caller, package, record)


@routes.operation("GET", "/search", search.Hits, errors=(404,))
def search_packages(
    request: Asked,
    q: str = WORDS,
    package: UUID | None = query(None, description="In this package only.", examples=["01932428-0b7c-7c11-a3f5-0d8f3c3f8a21"]),
    limit: int = query(20, ge=1, le=100, description="How many hits at most.", examples=[20]),
) -> search.Hits:
    """Search packages.

    Lines of requirements and documents that hold all the words, in upper or lower case; requirements first.
    """
    return search.search(request.caller, q, package=package, limit=limit)
