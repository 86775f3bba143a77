"""Places of a plan that only so many may have (PR-058): held while somebody is at Stripe's page, taken once it is paid."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from accounts.models import Workspace
from billing.models import PlanClaim
from billing.rules.plans import Plan
from ground import clock
from ground.errors import Conflict

PAGE_OPEN = dt.timedelta(minutes=31)
"""How long Stripe's page for such a plan stays open; Stripe allows no less than 30 minutes."""
HELD = dt.timedelta(minutes=70)
"""Longer than the page is open: who pays in its last second has the place. A page of the portal may be open for an hour."""


class PlacesTaken(Conflict):
    detail = "All places of this plan are taken. Nothing was bought. Choose another plan."


def left_of(plan: Plan) -> int | None:
    """How many places are free; None for a plan that everybody may have."""
    if plan.claims is None:
        return None
    return max(0, plan.claims - PlanClaim.objects.filter(plan=plan.key).count())


def hold(workspace: Workspace, plan: Plan) -> None:
    """Keep a place of ``plan`` for its buyer; asking again keeps it longer. Raises ``PlacesTaken`` when there is none."""
    _claim(workspace, plan, held_until=clock.now() + HELD)


def take(workspace: Workspace, plan: Plan) -> bool:
    """The plan is paid for: the place is taken for good. False when none is left, as where somebody sold it at Stripe by hand."""
    try:
        _claim(workspace, plan, held_until=None)
    except PlacesTaken:
        return False
    return True


def release(workspace: Workspace) -> None:
    """Give up the place that the workspace has taken. One that is held stays until its time is over."""
    PlanClaim.objects.filter(workspace=workspace, held_until=None).delete()


def _claim(workspace: Workspace, plan: Plan, *, held_until: dt.datetime | None) -> None:
    assert plan.claims is not None
    for _ in range(plan.claims + 1):
        mine = PlanClaim.objects.filter(workspace=workspace).first()
        if mine is not None and mine.plan == plan.key:
            # A place that is taken is not turned into one that is held.
            if mine.held_until is not None:
                PlanClaim.objects.filter(pk=mine.pk, held_until__isnull=False).update(held_until=held_until)
            return
        taken = set(PlanClaim.objects.filter(plan=plan.key).values_list("place", flat=True))
        free = [place for place in range(1, plan.claims + 1) if place not in taken]
        if not free:
            break
        try:
            with transaction.atomic():
                if mine is not None:
                    mine.delete()
                PlanClaim.objects.create(workspace=workspace, plan=plan.key, place=free[0], held_until=held_until)
        except IntegrityError:
            continue  # somebody took that very place a moment before
        return
    raise PlacesTaken
