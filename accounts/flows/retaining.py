"""Settings, Retention: how long packages and interviews live before they go to the Recycle Bin by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.flows import binning
from accounts.models import Binned, Retention, User, Workspace
from accounts.rules.retention import Bounds, fault, window
from ground import clock
from ground.errors import BadInput

Because = Binned.Because


@dataclass(frozen=True)
class Window:
    """One setting as the page shows it."""

    kind: binning.Kind
    chosen: int | None
    bounds: Bounds
    days: int | None
    """What holds now; None: kept."""


def _no_bounds(workspace: Workspace) -> Bounds:
    return Bounds()


_bounds: Callable[[Workspace], Bounds] = _no_bounds


def declare_bounds(bounds: Callable[[Workspace], Bounds]) -> None:
    """Say what the plan of a workspace allows. The floor that knows plans calls this once."""
    global _bounds
    _bounds = bounds


def windows(workspace: Workspace) -> list[Window]:
    """The settings of this workspace, one for each kind that may lie in the bin."""
    held = Retention.objects.filter(workspace=workspace).first()
    found = []
    for kind in binning.kinds():
        chosen = getattr(held, kind.setting) if held else None
        bounds = Bounds() if kind.kept_by_default else _bounds(workspace)
        found.append(Window(kind, chosen, bounds, window(chosen, bounds, kept_by_default=kind.kept_by_default)))
    return found


def choose(workspace: Workspace, chosen: dict[str, int | None], *, actor: User, means: audit.Means | None = None) -> None:
    """Set the days, by the name of the setting ("packages"). It acts at the next nightly run (S-156).

    Raises ``BadInput`` for a number the plan does not allow; then nothing is changed.
    """
    check(workspace, chosen)
    with transaction.atomic():
        held, _ = Retention.objects.get_or_create(workspace=workspace)
        held = Retention.objects.select_for_update().get(pk=held.pk)
        changed = {name: days for name, days in chosen.items() if getattr(held, name) != days}
        if not changed:
            return
        for name, days in changed.items():
            setattr(held, name, days)
        held.save(update_fields=list(changed))
        audit.record(workspace, audit.Action.RETENTION_CHANGED, actor=actor, means=means)


def check(workspace: Workspace, chosen: dict[str, int | None]) -> None:
    """Raises ``BadInput`` for a number the plan does not allow."""
    for one in windows(workspace):
        if refused := fault(chosen.get(one.kind.setting, one.chosen), one.bounds):
            raise BadInput(refused)


def touched(workspace: Workspace, setting: str, days: int | None) -> int:
    """How many things the next nightly run would put into the bin if this were chosen."""
    for one in windows(workspace):
        if one.kind.setting == setting:
            holds = window(days, one.bounds, kept_by_default=one.kind.kept_by_default)
            return _over(one.kind, workspace, holds).count()
    raise BadInput("There is no such setting.")


def sweep() -> int:
    """Put what is over its time into the bin. How many (S-085)."""
    discarded = 0
    for kind in binning.kinds():
        living = kind.model._default_manager.filter(deleted_at=None)
        for pk in list(living.order_by().values_list("workspace", flat=True).distinct()):
            workspace = Workspace.objects.filter(pk=pk).first()
            if workspace is None:
                continue
            days = next(one.days for one in windows(workspace) if one.kind is kind)
            for row in _over(kind, workspace, days):
                binning.discard(row, actor=None, because=Because.POLICY)
                discarded += 1
    return discarded


def _over(kind: binning.Kind, workspace: Workspace, days: int | None) -> QuerySet[Any]:
    living = kind.model._default_manager.filter(workspace=workspace, deleted_at=None)
    return living.none() if days is None else kind.untouched_since(living, clock.now() - dt.timedelta(days=days))
