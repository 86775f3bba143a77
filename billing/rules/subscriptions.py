"""What a subscription at Stripe means here: which one counts, what it gives now, and what happened since we last looked.

States are Stripe's own (docs.stripe.com, "The Subscription object", status).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

PAYING = frozenset({"active", "trialing"})
FAILING = frozenset({"past_due", "unpaid"})
ENDED = frozenset({"canceled", "incomplete_expired", ""})
_RANK = {"active": 3, "trialing": 3, "past_due": 2, "unpaid": 1, "paused": 1, "incomplete": 1}


@dataclass(frozen=True)
class Seen:
    """One subscription as Stripe shows it, and nothing of it that we do not need."""

    id: str
    customer: str
    state: str
    period_start: dt.datetime | None
    period_end: dt.datetime | None
    ends_at: dt.datetime | None
    """When it ends, if it was canceled for later."""
    prices: tuple[tuple[str, str], ...]
    """Item and price of each line."""
    created: dt.datetime

    @property
    def is_over(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True)
class Known:
    """How a subscription stands in our row."""

    id: str = ""
    state: str = ""
    plan: str = ""
    period_start: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    @property
    def is_live(self) -> bool:
        """Somebody pays for it, or should."""
        return self.state in PAYING | FAILING


class Change(enum.Enum):
    """What happened between two looks."""

    CREATED = "created"
    RENEWED = "renewed"
    CHANGED = "changed"
    CANCELED = "canceled"
    RESUMED = "resumed"
    ENDED = "ended"
    PAYMENT_FAILED = "payment_failed"
    RECOVERED = "recovered"


def governing(seen: Iterable[Seen]) -> Seen | None:
    """The one that counts of all a customer has: one that is paid before one that is not, then the newest."""
    return max(seen, key=lambda one: (_RANK.get(one.state, 0), one.created, one.id), default=None)


def changes(before: Known, after: Known) -> list[Change]:
    """What happened. The same look twice gives nothing, so that an event told twice is recorded once."""
    found = []
    same = before.id == after.id
    if before.is_live and not (same and after.is_live):
        if before.ends_at is None:
            found.append(Change.CANCELED)
        found.append(Change.ENDED)
    if after.is_live and not (same and before.is_live):
        found.append(Change.CREATED)
    if same and before.is_live and after.is_live:
        found += _of_one(before, after)
    if after.state in FAILING and not (same and before.state in FAILING):
        found.append(Change.PAYMENT_FAILED)
    if same and before.state in FAILING and after.state in PAYING:
        found.append(Change.RECOVERED)
    if after.is_live and after.ends_at is not None and not (same and before.ends_at is not None):
        found.append(Change.CANCELED)
    return found


def _of_one(before: Known, after: Known) -> list[Change]:
    found = []
    if before.plan != after.plan:
        found.append(Change.CHANGED)
    # A period that begins anew while the payment for it fails is no renewal yet.
    if before.period_start and after.period_start and after.period_start > before.period_start and after.state in PAYING:
        found.append(Change.RENEWED)
    if before.ends_at is not None and after.ends_at is None:
        found.append(Change.RESUMED)
    return found


class Standing(enum.Enum):
    """What a subscription gives at this moment."""

    NONE = "none"
    """There is none, or it is over, or nothing was paid yet."""
    TRIAL = "trial"
    PAID = "paid"
    GRACE = "grace"
    """A payment failed; the plan goes on for a while."""
    LAPSED = "lapsed"
    """A payment failed and the grace is over: the plan rests until it is paid."""

    @property
    def gives_the_plan(self) -> bool:
        return self in (Standing.TRIAL, Standing.PAID, Standing.GRACE)


def standing(state: str, *, failed_since: dt.datetime | None, grace: dt.timedelta, now: dt.datetime) -> Standing:
    """What ``state`` gives now. ``unpaid`` means that Stripe has given up collecting, so there is no grace in it."""
    if state == "trialing":
        return Standing.TRIAL
    if state == "active":
        return Standing.PAID
    if state == "past_due":
        return Standing.GRACE if failed_since is None or now < failed_since + grace else Standing.LAPSED
    if state in ("unpaid", "paused"):
        return Standing.LAPSED
    return Standing.NONE
