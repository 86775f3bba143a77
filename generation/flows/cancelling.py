"""A run is stopped by its owner."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import Means
from accounts.models import User
from generation.flows import recording
from generation.models import Run, Step
from ground import crashpoints
from ground.errors import Conflict


def cancel(run: Run, *, actor: User | None = None, means: Means | None = None) -> Run:
    """Stop the run. What is done stays readable; what is at work is thrown away when it comes in.

    ``actor`` is the person who stops it, None for the system.

    Raises:
        Conflict: the run is over, so there is nothing to stop.
    """
    with transaction.atomic():
        locked = recording.locked(run.pk)
        if locked is None or locked.is_over:
            raise Conflict("This run is already over. Reload the page to see how it ended.")
        locked.steps.exclude(state__in=[Step.State.DONE, Step.State.FAILED]).update(
            state=Step.State.CANCELLED, lease_until=None, owner="", not_before=None
        )
        recording.end(locked, Run.State.CANCELLED, actor=actor, means=means)
        crashpoints.reached("cancel.before-commit")
    run.refresh_from_db()
    return run
