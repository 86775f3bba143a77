"""The person behind the account."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Workspace
from api.nouns import persons
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT

routes = Routes("You")


@routes.operation("GET", "/profile", persons.Profile)
def read_profile(request: Asked) -> persons.Profile:
    """Read your profile."""
    return persons.profile(request.caller)


@routes.operation("PATCH", "/profile", persons.Profile, takes=(JSON,), errors=(412,), edits=Workspace)
def change_profile(request: Asked, body: persons.ProfileChange) -> persons.Profile:
    """Change your profile.

    Name, phone, time zone and language; what is left out stays.
    """
    return persons.change_profile(request.caller, body)


@routes.operation("GET", "/notices", persons.Notices)
def list_notices(request: Asked) -> persons.Notices:
    """List what you can be told.

    With what is chosen. Letters that matter to the safety of the account are always sent and not among them.
    """
    return persons.notices(request.caller)


@routes.operation("PUT", "/notices", persons.Notices, takes=(JSON,), errors=(412,), edits=Workspace)
def choose_notices(request: Asked, body: persons.NewChoice) -> persons.Notices:
    """Choose what you are told.

    What is named is on, everything else off. SMS need a verified number.
    """
    return persons.choose_notices(request.caller, body)


@routes.operation("GET", "/activity", persons.EventPage)
def list_activity(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> persons.EventPage:
    """List what was done in the account.

    In the last 90 days, by whom and by which means, the newest first.
    """
    return persons.activity(request.caller, limit=limit, cursor=cursor)


@routes.operation("GET", "/reports", persons.ReportPage)
def list_reports(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> persons.ReportPage:
    """List the problems you reported.

    The newest first, with what became of each.
    """
    return persons.reports(request.caller, limit=limit, cursor=cursor)


@routes.operation("POST", "/reports", persons.ReportShape, status=201, takes=(JSON,), errors=(503,), shows="/reports/{report}")
def report_problem(request: Asked, body: persons.NewReport) -> persons.ReportShape:
    """Report a problem.

    Your words without secrets, and what your program calls itself in User-Agent. Nothing else is sent along.
    """
    made = persons.report(request.caller, body, client=request.headers.get("User-Agent", ""))
    request.representation = f"/reports/{made.id}"
    return made


@routes.operation("GET", "/reports/{uuid:report}", persons.ReportShape, errors=(404,))
def read_report(request: Asked, report: UUID) -> persons.ReportShape:
    """Read a report."""
    return persons.read_report(request.caller, report)
