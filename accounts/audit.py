"""The audit trail: who did what, when and by which means. Written in the same transaction as what it tells of."""

from __future__ import annotations

import uuid

from accounts.models import AuditEvent, User, Workspace

Action = AuditEvent.Action
Means = AuditEvent.Means


def record(
    workspace: Workspace | None,
    action: AuditEvent.Action,
    *,
    actor: User | None,
    means: AuditEvent.Means | None = None,
    subject: User | None = None,
    about: uuid.UUID | None = None,
    label: str = "",
) -> AuditEvent:
    """Add one event to the trail of ``workspace``; None: to nobody's, as when an operator reads a list.

    ``actor`` None: the system itself, as from the command line. ``means`` is by default the browser for the owner, the console
    for another person, and the system where nobody acted. ``label`` is a word of ours ("OpenAI"), never something a person wrote
    and never any part of a secret; ``about`` is the id of the row it was done with.
    """
    if means is None:
        means = _usual_means(workspace, actor)
    return AuditEvent.objects.create(
        workspace=workspace, action=action, actor=actor, means=means, subject=subject, about=about, label=label
    )


def _usual_means(workspace: Workspace | None, actor: User | None) -> AuditEvent.Means:
    if actor is None:
        return Means.SYSTEM
    return Means.SESSION if workspace is not None and workspace.owner_id == actor.pk else Means.OPERATOR
