"""A run is stopped by its owner."""

from __future__ import annotations

from django.db import transaction

from generation.flows import recording
from generation.models import Run, Step
from ground import crashpoints
from ground.errors import Conflict


def cancel(run: Run) -> Run:
    """Stop the run. What is done stays readable; what is at work is thrown away when it comes in.

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
        recording.end(locked, Run.State.CANCELLED)
        crashpoints.reached("cancel.before-commit")
    run.refresh_from_db()
    return run
