"""The person behind the account: how they are called, what they are told, what was done, what they reported."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import Field

from accounts import notices as register
from accounts.flows import introducing, preferring, reporting, retracing
from accounts.forms import LANGUAGES, ProfileForm
from accounts.models import AuditEvent, BugReport, User
from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import ANYTHING, WRITTEN, Listed, Shape, Wish
from ground.errors import BadInput

Severity = Literal["low", "medium", "high", "critical"]


class Profile(Shape):
    """How a person is called and how pages show times. The address is that of the sign-in provider."""

    display_name: str = Field(examples=["Ada"])
    email: str = Field(examples=["ada@example.org"])
    contact_phone: str = Field(description="Never called and never sent an SMS.", examples=["+44 20 7946 0958"])
    time_zone: str = Field(examples=["Europe/London"])
    language: str = Field(examples=["en"])


class ProfileChange(Wish):
    """What shall be changed; what is left out stays."""

    display_name: str | None = Field(default=None, max_length=150, pattern=ANYTHING, examples=["Ada"])
    contact_phone: str | None = Field(default=None, max_length=32, pattern=ANYTHING, examples=["+44 20 7946 0958"])
    time_zone: str | None = Field(default=None, max_length=64, pattern=ANYTHING, examples=["Europe/London"])
    language: str | None = Field(default=None, examples=["en"], json_schema_extra={"enum": [*LANGUAGES, None]})


class NoticeShape(Shape):
    """Something a person can be told, by one channel."""

    kind: str = Field(examples=["run.completed"])
    title: str = Field(examples=["A generation is done"])
    channel: str = Field(description="email or sms.", examples=["email"])
    on: bool


class Notices(Shape):
    """What can be chosen, and what is. Letters that matter to the account's safety are always sent."""

    items: list[NoticeShape]


class WantedNotice(Wish):
    """One notice by one channel."""

    kind: str = Field(examples=["run.completed"], json_schema_extra={"enum": [one.kind for one in register.optional()]})
    channel: Literal["email", "sms"]


class NewChoice(Wish):
    """What shall be on; everything else is off."""

    on: list[WantedNotice] = Field(max_length=100)


class EventShape(Shape):
    """Something that was done in the account."""

    id: uuid.UUID
    at: dt.datetime
    action: str = Field(examples=["run.started"])
    what: str = Field(description="As a sentence.", examples=["A generation was started"])
    actor: Literal["owner", "operator", "system"]
    means: str = Field(description="session, key, tool, operator or system.", examples=["key"])
    about: uuid.UUID | None = Field(description="The row it was done with.")
    label: str = Field(examples=[""])


class EventPage(Listed[EventShape]):
    """What was done in the last 90 days, the newest first."""


class ReportShape(Shape):
    """A problem that was reported."""

    id: uuid.UUID
    title: str = Field(examples=["The list of runs is empty"])
    description: str
    severity: Severity
    state: Literal["open", "triaged", "resolved", "declined"]
    run: uuid.UUID | None
    interview: uuid.UUID | None
    created_at: dt.datetime
    resolved_at: dt.datetime | None


class ReportPage(Listed[ReportShape]):
    """Reports, the newest first."""


class NewReport(Wish):
    """A problem in your words. Secrets are taken out before it is kept."""

    title: str = Field(min_length=1, max_length=120, pattern=WRITTEN, examples=["The list of runs is empty"])
    description: str = Field(default="", max_length=5_000, pattern=ANYTHING, examples=["After a retry it stays empty."])
    severity: Severity = "medium"


def profile(caller: Caller) -> Profile:
    """How the person is called."""
    return _profile(User.objects.get(pk=caller.user.pk))


def change_profile(caller: Caller, wish: ProfileChange) -> Profile:
    """Change name, phone, time zone or language. Raises ``BadInput`` with what to write instead."""
    row = User.objects.get(pk=caller.user.pk)
    given = {name: value for name, value in wish.model_dump(exclude_unset=True).items() if value is not None}
    form = ProfileForm({name: getattr(row, name) for name in introducing.NAMED} | given, instance=row)
    if not form.is_valid():
        raise BadInput(" ".join(str(fault) for faults in form.errors.values() for fault in faults))
    return _profile(introducing.introduce(caller.user, {name: form.cleaned_data[name] for name in given}))


def notices(caller: Caller) -> Notices:
    """What the person can be told, and what they chose."""
    chosen = preferring.chosen(caller.user)
    return Notices(
        items=[
            NoticeShape(kind=one.kind, title=one.title, channel=channel, on=(one.kind, channel) in chosen)
            for one in register.optional()
            for channel in one.channels
        ]
    )


def choose_notices(caller: Caller, wish: NewChoice) -> Notices:
    """Switch these on and everything else off. Raises ``BadInput`` for one that is not offered, or SMS without a number."""
    wanted = {(one.kind, one.channel) for one in wish.on}
    if unknown := {kind for kind, channel in wanted if (kind, channel) not in preferring.offered()}:
        raise BadInput(f"These cannot be chosen: {', '.join(sorted(unknown))}. Read the list of notices to see what can.")
    preferring.choose(caller.user, {(kind, channel) for kind, channel in wanted}, means=caller.means)
    return notices(caller)


def activity(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> EventPage:
    """What was done in the account in the last 90 days."""
    items, more = asking.cut(retracing.events_of(caller.user), _event, limit=limit, cursor=cursor)
    return EventPage(items=items, next=more)


def reports(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> ReportPage:
    """What was reported, and what became of it."""
    items, more = asking.cut(BugReport.objects.visible_to(caller.user), _report, limit=limit, cursor=cursor)
    return ReportPage(items=items, next=more)


def read_report(caller: Caller, report: uuid.UUID) -> ReportShape:
    """One report."""
    return _report(asking.found(BugReport.objects.all(), caller, report))


def report(caller: Caller, wish: NewReport, *, client: str) -> ReportShape:
    """Report a problem; ``client`` is what the program calls itself. Raises ``TooMany``."""
    made = reporting.file(
        caller.user,
        title=wish.title,
        description=wish.description,
        severity=wish.severity,
        came_from="/docs/api/",
        user_agent=client,
    )
    return read_report(caller, made.pk)


def _profile(row: User) -> Profile:
    return Profile(**{name: getattr(row, name) for name in Profile.model_fields})


def _event(row: AuditEvent) -> EventShape:
    told = retracing.described(row)
    return EventShape(**{name: getattr(told, name) for name in EventShape.model_fields})


def _report(row: BugReport) -> ReportShape:
    return ReportShape(**{name: getattr(row, name) for name in ReportShape.model_fields})
