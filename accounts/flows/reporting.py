"""Bug reports: filed by a person or by the service, looked at, resolved, and cleared (S-078 to S-081)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.urls import Resolver404, resolve

from accounts import audit, periods
from accounts.models import BugReport, User
from accounts.rules import triage
from accounts.targets import targets
from ground import clock, guarding, limits
from ground.errors import BadInput, Conflict, SpecStepError

AN_HOUR = 3600.0
REPORTS_AN_HOUR = 10
FAILED_RUN = "A generation failed"


class TooMany(SpecStepError):
    """The account files too fast."""

    detail = "You have sent many reports in a short time. Wait a few minutes and send this one again."


@dataclass(frozen=True)
class Place:
    """What a page was about."""

    run: uuid.UUID | None = None
    interview: uuid.UUID | None = None


Finder = Callable[[User, str, Mapping[str, Any]], Place]
"""Takes who asks, the name of the page's address ("run") and its parts; names only rows that are visible to that person."""

_finders: dict[str, Finder] = {}


def declare(namespace: str, finder: Finder) -> None:
    """Name who knows what the pages of a namespace ("interviews") are about: floors above this one."""
    _finders[namespace] = finder


def file(reporter: User, *, title: str, description: str, severity: str, came_from: str, user_agent: str) -> BugReport:
    """Store a person's report: these words without secrets, the path, the browser, and the ids the path leads to. Nothing else.

    Raises ``BadInput`` for an empty title or an unknown severity, ``TooMany``, and ``NotSearched`` when the search for secrets
    fails; then nothing is stored.
    """
    if not title.strip() or severity not in BugReport.Severity.values:
        raise BadInput("A report needs a title and a severity.")
    if not limits.take(f"report:{reporter.pk}", capacity=REPORTS_AN_HOUR, seconds=AN_HOUR).allowed:
        raise TooMany
    workspace = reporter.workspace
    route = route_of(came_from)
    place = _place(reporter, route)
    return BugReport.objects.create(
        workspace=workspace,
        reporter=reporter,
        title=guarding.cleaned(workspace.pk, title.strip())[:120],
        description=guarding.cleaned(workspace.pk, description.strip())[:5000],
        severity=severity,
        # A path may be written by hand, with anything in it.
        route=guarding.cleaned(workspace.pk, route)[:200],
        user_agent=guarding.cleaned(workspace.pk, _printable(user_agent)[:300])[:300],
        run=place.run,
        interview=place.interview,
    )


def file_failed_run(workspace_id: uuid.UUID, *, run: uuid.UUID, interview: uuid.UUID, error: str) -> BugReport:
    """Store that a run failed: the class of the error and two ids, no word of anybody. Wants a transaction around it.

    A run that fails again after a retry has one report still; where that was closed, it waits again as looked at.
    """
    report, made = BugReport.objects.get_or_create(
        run=run,
        automatic=True,
        defaults={
            "workspace_id": workspace_id,
            "title": FAILED_RUN,
            "severity": BugReport.Severity.HIGH,
            "interview": interview,
            "error_class": error[:80],
        },
    )
    if not made:
        report.error_class = error[:80]
        if report.is_closed:
            report.state, report.resolved_at = BugReport.State.TRIAGED, None
        report.save(update_fields=["error_class", "state", "resolved_at"])
    return report


def move(report: BugReport, *, to: str, actor: User) -> None:
    """Set the state of a report: open → triaged → resolved or declined. Noted in the trail of the account it came from.

    Raises ``BadInput`` for a state that does not exist, ``Conflict`` where it cannot follow the present one.
    """
    if to not in BugReport.State.values:
        raise BadInput("There is no such state.")
    with transaction.atomic():
        locked = BugReport.objects.select_for_update().get(pk=report.pk)
        if to not in triage.NEXT[locked.state]:
            raise Conflict(f"This report says: {locked.get_state_display()}. Reload the page to see what can follow.")
        locked.state = to
        if to == BugReport.State.TRIAGED:
            locked.triaged_at = clock.now()
        else:
            locked.resolved_at = clock.now()
        locked.save(update_fields=["state", "triaged_at", "resolved_at"])
        audit.record(
            locked.workspace,
            audit.Action.REPORT_TRIAGED if to == BugReport.State.TRIAGED else audit.Action.REPORT_RESOLVED,
            actor=actor,
            means=audit.Means.OPERATOR,
            subject=locked.reporter,
            about=locked.pk,
            label=to,
        )
    report.refresh_from_db()


def clocks(report: BugReport) -> tuple[triage.Clock, triage.Clock]:
    """Time to triage and time to resolution, measured against the targets of its severity."""
    target = targets().by_severity[report.severity]
    second = report.resolved_at
    if report.severity == BugReport.Severity.WEAKNESS:
        second = report.timeline_at or report.resolved_at
    return triage.clocks(report.came_at, report.triaged_at, second, now=clock.now(), target=target)


def clock_names(report: BugReport) -> tuple[str, str]:
    """What the two clocks of this report measure."""
    if report.severity == BugReport.Severity.WEAKNESS:
        return "Acknowledged to its reporter", "Reporter told by when it is mended"
    return "Time to triage", "Time to resolution"


def file_from_mail(*, title: str, description: str, severity: str, received_at: dt.datetime, actor: User) -> BugReport:
    """Store a report that came by mail, as a weakness usually does; its clocks run from the time it was received.

    Who wrote it stays in the mail. Raises ``BadInput`` for an empty title, an unknown severity, and a time that is to come.
    """
    if not title.strip() or severity not in BugReport.Severity.values:
        raise BadInput("A report needs a title and a severity.")
    if received_at > clock.now():
        raise BadInput("This time is still to come. Give the time at which the mail arrived, in UTC.")
    with transaction.atomic():
        report = BugReport.objects.create(
            title=guarding.cleaned(actor.workspace.pk, title.strip())[:120],
            description=guarding.cleaned(actor.workspace.pk, description.strip())[:5000],
            severity=severity,
            received_at=received_at,
        )
        audit.record(
            None,
            audit.Action.REPORT_TRIAGED,
            actor=actor,
            means=audit.Means.OPERATOR,
            about=report.pk,
            label="filed from a mail",
        )
    return report


def tell_timeline(report: BugReport, *, actor: User) -> None:
    """Note that the reporter of a weakness was told by when it will be mended. Again is harmless.

    Raises ``Conflict`` for a report that is no weakness, or that nobody acknowledged yet.
    """
    with transaction.atomic():
        locked = BugReport.objects.select_for_update().get(pk=report.pk)
        if locked.severity != BugReport.Severity.WEAKNESS or locked.triaged_at is None:
            raise Conflict("First acknowledge the report of a weakness; then its timeline can be told.")
        if locked.timeline_at is None:
            locked.timeline_at = clock.now()
            locked.save(update_fields=["timeline_at"])
            audit.record(
                locked.workspace,
                audit.Action.REPORT_TRIAGED,
                actor=actor,
                means=audit.Means.OPERATOR,
                subject=locked.reporter,
                about=locked.pk,
                label="timeline told",
            )
    report.refresh_from_db()


def sweep() -> int:
    """Clear the words, the context and the person of reports that were closed long enough ago; returns how many.

    Severity, kind of error, state and times stay for counting (N-29). Open reports are never touched (S-081).
    """
    before = clock.now() - periods.REPORTS.length
    closed = BugReport.objects.filter(
        state__in=[BugReport.State.RESOLVED, BugReport.State.DECLINED], resolved_at__lte=before
    ).exclude(title="", workspace=None, reporter=None)
    return closed.update(
        title="", description="", route="", user_agent="", run=None, interview=None, reporter=None, workspace=None
    )


def route_of(address: str) -> str:
    """The path of a page of ours; empty for anything else. Query and fragment are cut off (N-53)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = parts.path
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//") or _printable(path) != path:
        return ""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path[:200]


def _place(user: User, route: str) -> Place:
    try:
        match = resolve(route)
    except Resolver404:
        return Place()
    finder = _finders.get(match.namespace)
    return finder(user, match.url_name or "", match.kwargs) if finder else Place()


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
