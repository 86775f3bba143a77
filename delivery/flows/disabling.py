"""An endpoint is switched off, by its owner or because it does not answer. What waits for it is not sent any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.flows.notifying import tell
from accounts.models import User
from delivery.models import Dispatch, Endpoint
from ground import clock


def disable(endpoint: Endpoint, *, because: str, actor: User | None = None, means: audit.Means | None = None) -> bool:
    """Switch off. False when it was off already.

    ``because`` is "gone" (410), "failing" (5 days of failures), "unreadable" (its secret) or "owner".
    Where it was not the owner who did it, the owner is told.
    """
    with transaction.atomic():
        if not Endpoint.objects.filter(pk=endpoint.pk, state=Endpoint.State.ACTIVE).update(
            state=Endpoint.State.DISABLED, disabled_because=because, quiet_until=None
        ):
            return False
        drop(endpoint)
        audit.record(endpoint.workspace, audit.Action.WEBHOOK_DISABLED, actor=actor, means=means, about=endpoint.pk)
        if actor is None:
            tell(endpoint.workspace.owner, "webhook.disabled", about={"path": endpoint.get_absolute_url(), "because": because})
    return True


def drop(endpoint: Endpoint) -> None:
    """What waits for this endpoint stays in its log and is not sent."""
    left = Q(state=Dispatch.State.WAITING) | Q(state=Dispatch.State.SENDING, lease_until__lte=clock.now())
    Dispatch.objects.filter(left, endpoint=endpoint).update(state=Dispatch.State.DROPPED, lease_until=None)
