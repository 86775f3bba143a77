"""A person looks through the own trail and takes it along."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import AuditEvent, User, Workspace
from accounts.rules.trail import COLUMNS, GROUPS, OPERATOR, OWNER, SYSTEM, Event, group_of
from ground import clock

SHOWN_BACK = dt.timedelta(days=90)
PAGE = 50


@dataclass(frozen=True)
class Search:
    """What a person looks for; empty: everything."""

    group: str = ""
    means: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, counted in."""


@dataclass(frozen=True)
class Page:
    """One page of the trail, and where the next one begins."""

    events: list[AuditEvent]
    next: str
    """Empty on the last page."""


def page_of(user: User, search: Search, *, after: str = "") -> Page:
    """The events of ``user`` that fit, newest first, from the cursor ``after`` on. A cursor that cannot be read begins anew.

    Days are those of the time zone that is in force, as the page shows them.
    """
    rows = events_of(user)
    if search.group in GROUPS:
        actions = [action for action in AuditEvent.Action.values if group_of(action) == search.group]
        rows = rows.filter(action__in=actions)
    if search.means in AuditEvent.Means.values:
        rows = rows.filter(means=search.means)
    if search.since:
        rows = rows.filter(at__date__gte=search.since)
    if search.until:
        rows = rows.filter(at__date__lte=search.until)
    if place := _place(after):
        at, pk = place
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    events = list(rows.select_related("actor")[: PAGE + 1])
    return Page(events[:PAGE], _cursor(events[PAGE - 1]) if len(events) > PAGE else "")


def export(user: User, form: Literal["csv", "json"], *, means: AuditEvent.Means | None = None) -> str:
    """Every event of ``user`` in the last 90 days, oldest first, as a file (S-116). That it was taken is an event too."""
    with transaction.atomic():
        events = [described(event) for event in events_of(user).order_by("at", "id").iterator()]
        audit.record(user.workspace, audit.Action.DATA_EXPORTED, actor=user, means=means, label="audit trail")
    if form == "json":
        return json.dumps({"events": [event.as_record() for event in events]}, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(event.as_row() for event in events)
    return text.getvalue()


def described(event: AuditEvent) -> Event:
    """The event as it is handed out: an operator is named by the role only."""
    trail: Workspace | None = event.workspace
    owner_id = trail.owner_id if trail else None
    actor = SYSTEM if event.actor_id is None else OWNER if event.actor_id == owner_id else OPERATOR
    return Event(
        id=event.pk,
        at=event.at,
        action=event.action,
        what=event.get_action_display(),
        actor=actor,
        means=event.means,
        through=event.through,
        about=event.about,
        label=event.label,
        kept=event.kept,
    )


def events_of(user: User) -> QuerySet[AuditEvent]:
    """Everything in the trail of ``user`` that is shown, the newest first."""
    return AuditEvent.objects.visible_to(user).filter(at__gte=clock.now() - SHOWN_BACK).select_related("workspace")


def _cursor(event: AuditEvent) -> str:
    return f"{event.at.timestamp():.6f}~{event.pk.hex}"


def _place(cursor: str) -> tuple[dt.datetime, UUID] | None:
    at, _, pk = cursor.partition("~")
    try:
        return dt.datetime.fromtimestamp(float(at), dt.UTC), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None
