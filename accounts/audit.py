"""The audit trail: who did what, when and by which means. Written in the same transaction as what it tells of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import Max

from accounts.models import AuditEvent, User, Workspace
from ground import clock

Action = AuditEvent.Action
Means = AuditEvent.Means
Kept = AuditEvent.Kept

TICK = dt.timedelta(microseconds=1)
_through: ContextVar[tuple[Means, str] | None] = ContextVar("through", default=None)


@contextmanager
def through(means: AuditEvent.Means, name: str) -> Iterator[None]:
    """What an owner does in this block is done with a tool or a key of this name, and every event says so (N-13).

    A door opens it around the flow it calls, so that no flow has to pass the means on.
    """
    before = _through.set((means, name))
    try:
        yield
    finally:
        _through.reset(before)


def record(
    workspace: Workspace | None,
    action: AuditEvent.Action,
    *,
    actor: User | None,
    means: AuditEvent.Means | None = None,
    subject: User | None = None,
    about: uuid.UUID | None = None,
    label: str = "",
    kept: AuditEvent.Kept = Kept.DETAIL,
) -> AuditEvent:
    """Add one event to the trail of ``workspace``; None: to nobody's, as when an operator reads a list.

    ``actor`` None: the system itself, as from the command line. ``means`` is by default what ``through`` says, or else the
    browser for the owner, the console for another person, and the system where nobody acted. ``label`` is a word of ours
    ("OpenAI"), the name of an API key or of a tool, never any part of a secret, cut to its column; ``about`` is the id of the row
    it was done with; ``kept`` the class of retention, which nothing changes afterwards.
    """
    if means is None:
        means = _usual_means(workspace, actor)
    acting = _through.get()
    return AuditEvent.objects.create(
        workspace=workspace,
        action=action,
        at=_moment(workspace, actor),
        actor=actor,
        means=means,
        subject=subject,
        about=about,
        label=label[:40],
        through=acting[1][:60] if acting is not None and acting[0] == means else "",
        kept=kept,
    )


def _usual_means(workspace: Workspace | None, actor: User | None) -> AuditEvent.Means:
    if actor is None:
        return Means.SYSTEM
    if workspace is None or workspace.owner_id != actor.pk:
        return Means.OPERATOR
    acting = _through.get()
    return acting[0] if acting is not None else Means.SESSION


def _moment(workspace: Workspace | None, actor: User | None) -> dt.datetime:
    """Now, but later than everything this actor did before, also where a clock was set back in between (S-115).

    The system is an actor of its own in each trail.
    """
    before = AuditEvent.objects.filter(actor=actor) if actor else AuditEvent.objects.filter(actor=None, workspace=workspace)
    last = before.aggregate(last=Max("at"))["last"]
    now = clock.now()
    return now if last is None or last < now else last + TICK
