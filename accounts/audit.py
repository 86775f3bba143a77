"""The audit trail: who did what, and when. Written in the same transaction as what it tells of."""

from __future__ import annotations

from accounts.models import AuditEvent, User, Workspace

Action = AuditEvent.Action


def record(
    workspace: Workspace, action: AuditEvent.Action, *, actor: User | None, subject: User | None = None, label: str = ""
) -> AuditEvent:
    """Add one event to the trail of ``workspace``. ``actor`` None: the system itself, as from the command line.

    ``label`` is a word of ours ("OpenAI"), never something a person wrote and never any part of a secret.
    """
    return AuditEvent.objects.create(workspace=workspace, action=action, actor=actor, subject=subject, label=label)
