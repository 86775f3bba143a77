"""Every optional processing: whether it is on, since when, and where it is switched (N-44, S-167).

Most have their switch where they are set up (``DataClass.switch``), and this list leads there. Their time stamp follows the event
that the switch writes into the audit, and stays when that event is over its 90 days. What has no page has its switch in ``HERE``.
An optional class of data without such an event belongs to another one with the same switch, and is not listed beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from accounts import audit
from accounts.flows import collecting
from accounts.models import AuditEvent, Consent, Message, User, Workspace
from ground import clock, register
from ground.errors import BadInput
from ground.register import DataClass

WELCOME = "Welcome after sign-up"
STATISTICS = "Statistics for improvement"


@dataclass(frozen=True)
class Entry:
    """One optional processing as the page shows it."""

    name: str
    about: str
    on: bool
    changed_at: dt.datetime | None
    """When it was last switched; None: never since the account was made."""
    switch: str
    """The page of Settings with its switch, perhaps with the place on it after a comma; empty: the switch is here."""


def entries(user: User) -> list[Entry]:
    """Every optional processing of the register, and those with a switch of their own."""
    held = {consent.name: consent for consent in Consent.objects.filter(workspace=user.workspace)}
    found = []
    for data in register.declared():
        if data.optional and data.audited:
            on, consent = _is_on(data, user), held.get(data.name)
            changed = consent.changed_at if consent else _begun(data, user) if on else None
            found.append(Entry(data.name, data.purpose, on, changed, data.switch))
    for own in HERE:
        if own.is_done():
            consent = held.get(own.name)
            on, changed = (consent.on, consent.changed_at) if consent else (own.at_first, None)
            found.append(Entry(own.name, own.about, on, changed, ""))
    return found


def consented(name: str) -> QuerySet[Consent]:
    """The consents that stand at this moment for a processing that is off until it is chosen."""
    return Consent.objects.filter(name=name, on=True)


def switch(user: User, name: str, *, on: bool, means: AuditEvent.Means | None = None) -> bool:
    """Switch what has no page of its own. Off: what is queued for it is not sent any more. False when that was so already.

    Raises ``BadInput`` for a name that is not switched here.
    """
    own = next((one for one in HERE if one.name == name and one.is_done()), None)
    if own is None:
        raise BadInput("There is no such switch on this page. Nothing was changed.")
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update(no_key=True).get(pk=user.workspace.pk)
        held = Consent.objects.filter(workspace=workspace, name=name).first()
        if (held.on if held else own.at_first) == on:
            return False
        _note(workspace, name, on=on, at=clock.now())
        if not on:
            own.stop(user)
        audit.record(workspace, audit.Action.CONSENT_CHANGED, actor=user, means=means, label=f"{name}: {'on' if on else 'off'}")
    return True


def _no_welcome(user: User) -> None:
    queued = Message.objects.filter(user=None, kind="signup.welcome", about__user=str(user.pk), state=Message.State.WAITING)
    queued.update(state=Message.State.DROPPED, problem="It was switched off before it was sent.", lease_until=None)


@dataclass(frozen=True)
class Own:
    """A processing whose switch stands on the page itself."""

    name: str
    about: str
    at_first: bool
    """Whether it is on before anybody switched it."""
    is_done: Callable[[], bool] = lambda: True
    """Whether this service does it at all."""
    stop: Callable[[User], None] = lambda user: None
    """Calls off what is queued when it is switched off."""


HERE = (
    Own(
        STATISTICS,
        "Your model calls count in sums by month, call, model and outcome, which show us what to improve. No text, and no sum of "
        "fewer than five accounts. Sums are made when they are asked for, so off leaves you out of every later one.",
        at_first=False,
    ),
    Own(
        WELCOME,
        "The operator of this service is told once that your account was made, to welcome you. No text of yours is in it.",
        at_first=True,
        is_done=lambda: bool(settings.SIGNUP_NOTICE),
        stop=_no_welcome,
    ),
)


def follow(event: AuditEvent) -> None:
    """Keep the time of a switch that the audit tells of. In the event's transaction, after the change itself."""
    if event.workspace is None:
        return
    for data in register.declared():
        if data.optional and event.action in data.audited:
            on = _is_on(data, event.workspace.owner)
            held = Consent.objects.filter(workspace=event.workspace, name=data.name).first()
            # A second key or channel is no new consent.
            if held is None or held.on != on:
                _note(event.workspace, data.name, on=on, at=event.at)


def _note(workspace: Workspace, name: str, *, on: bool, at: dt.datetime) -> None:
    Consent.objects.update_or_create(workspace=workspace, name=name, defaults={"on": on, "changed_at": at})


def _is_on(data: DataClass, user: User) -> bool:
    return data.is_on(user.pk) if data.is_on is not None else collecting.rows(data.models[0], data, user).exists()


def _begun(data: DataClass, user: User) -> dt.datetime | None:
    """For what was switched on before time stamps were kept: when the newest of its rows was made."""
    rows = collecting.rows(data.models[0], data, user)
    if "created_at" not in {field.name for field in rows.model._meta.concrete_fields}:
        return None
    newest: dt.datetime | None = rows.aggregate(newest=Max("created_at"))["newest"]
    return newest
