"""What Stripe says of a customer is written here. Events only ring: what counts is what Stripe answers when it is asked.

So it makes no difference whether an event comes once or twice, early, late or never, or in which order.
"""

from __future__ import annotations

import logging
import uuid

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from accounts import audit
from accounts.flows import granting
from accounts.flows.notifying import tell
from accounts.models import User
from billing import catalogue, vendor
from billing.flows import claiming, leasing
from billing.models import StripeEvent, Subscription
from billing.rules import quota, subscriptions
from billing.rules.plans import Plan
from billing.rules.subscriptions import Change, Seen
from ground import clock
from ground.errors import SpecStepError

log = logging.getLogger(__name__)

ACTIONS = {
    Change.CREATED: audit.Action.SUBSCRIPTION_CREATED,
    Change.RENEWED: audit.Action.SUBSCRIPTION_RENEWED,
    Change.CHANGED: audit.Action.SUBSCRIPTION_CHANGED,
    Change.CANCELED: audit.Action.SUBSCRIPTION_CANCELED,
    Change.RESUMED: audit.Action.SUBSCRIPTION_RESUMED,
    Change.ENDED: audit.Action.SUBSCRIPTION_ENDED,
    Change.PAYMENT_FAILED: audit.Action.SUBSCRIPTION_PAYMENT_FAILED,
    Change.RECOVERED: audit.Action.SUBSCRIPTION_RECOVERED,
}
ROUNDS = 5
"""How often events that came in while Stripe was asked are answered at once; what comes later waits for the sweep."""


def ring_on_commit(pk: uuid.UUID) -> None:
    """Wake a worker for this customer once the transaction stands. A bell that is lost costs time: the sweep rings again."""
    transaction.on_commit(lambda: _ring(pk))


def synchronise(pk: str | uuid.UUID) -> bool:
    """Ask Stripe how the customer of this row stands, and write it. False when another process is at it, or there is no customer.

    Raises ``vendor.StripeAway`` when Stripe does not answer; the events stay and are looked at again.
    """
    with leasing.leased(uuid.UUID(str(pk))) as row:
        if row is None or not row.customer:
            return False
        for _ in range(ROUNDS):
            told = list(StripeEvent.objects.filter(customer=row.customer).values_list("pk", flat=True))
            seen = vendor.subscriptions_of(row.customer)
            with transaction.atomic():
                mine = leasing.still_mine(row)
                if mine is None:
                    return False
                _write(mine, seen)
                # Only what was told before we asked: what came meanwhile may know more than the answer.
                StripeEvent.objects.filter(pk__in=told).update(customer="")
            if not StripeEvent.objects.filter(customer=row.customer).exists():
                break
    return True


def look(pk: str | uuid.UUID) -> None:
    """``synchronise`` for a worker: where Stripe does not answer, the sweep tries again."""
    try:
        synchronise(pk)
    except SpecStepError as error:
        log.warning("A customer was not looked at (%s); the sweep tries again.", type(error).__name__)


def differs(row: Subscription, seen: list[Seen]) -> bool:
    """Whether what Stripe shows is something else than what our row says."""
    one = subscriptions.governing(seen)
    now = (one.id, one.state, one.period_start, one.period_end, one.ends_at) if one else ("", "", None, None, None)
    then = (row.subscription, row.state, row.period_start, row.period_end, row.ends_at)
    plan = _plan_of(one, row) if one and not one.is_over else None
    return now != then or (plan.key if plan else "") != row.plan


def _write(row: Subscription, seen: list[Seen]) -> None:
    one = subscriptions.governing(seen)
    before, plan = row.known, _plan_of(one, row)
    if sum(other.state in subscriptions.PAYING for other in seen) > 1:
        log.error("A customer pays for more than one subscription; the newest counts. Look at Stripe (row %s).", row.pk)
    row.subscription, row.state = (one.id, one.state) if one else ("", "")
    row.period_start, row.period_end, row.ends_at = (one.period_start, one.period_end, one.ends_at) if one else (None, None, None)
    row.plan = plan.key if plan and one and not one.is_over else ""
    after = row.known
    failing = row.state in subscriptions.FAILING
    row.failed_since = (row.failed_since or clock.now()) if failing else None
    row.lapse_told_at = row.lapse_told_at if failing else None
    _give_rights(row, plan)
    row.save(update_fields=[
        "subscription", "state", "period_start", "period_end", "ends_at", "plan", "failed_since", "lapse_told_at",
        "gave_developer_access",
    ])  # fmt: skip
    _keep_the_place(row, plan)
    owner = row.workspace.owner
    for change in subscriptions.changes(before, after):
        title = _title(after.plan or before.plan)
        audit.record(row.workspace, ACTIONS[change], actor=None, about=row.pk, label=title, kept=audit.Kept.BILLING)
        _tell(owner, change, row, title)


def _plan_of(one: Seen | None, row: Subscription) -> Plan | None:
    """The plan of what is paid. A price that is not of the table leaves the plan as it was: nobody is blocked by our settings."""
    if one is None:
        return None
    for _, price in one.prices:
        if plan := catalogue.plan_of_price(price):
            return plan
    if one.prices and not one.is_over:
        log.error("A subscription has a price that no plan of the table names (row %s). Add it to former_prices.", row.pk)
    return catalogue.named(row.plan) if row.subscription == one.id else None


def _give_rights(row: Subscription, plan: Plan | None) -> None:
    """Developer access comes and goes with the plan; what an operator granted is left alone."""
    held = subscriptions.standing(row.state, failed_since=row.failed_since, grace=catalogue.table().grace, now=clock.now())
    gives = plan is not None and plan.developer_access and held.gives_the_plan
    if gives and not row.gave_developer_access:
        row.gave_developer_access = granting.set_developer_access(row.workspace.owner, granted=True, actor=None)
    elif not gives and row.gave_developer_access:
        granting.set_developer_access(row.workspace.owner, granted=False, actor=None)
        row.gave_developer_access = False


def _keep_the_place(row: Subscription, plan: Plan | None) -> None:
    if row.known.is_live and plan is not None and plan.claims is not None:
        if not claiming.take(row.workspace, plan):
            log.error("The plan %s was sold more often than its table allows (row %s).", plan.key, row.pk)
    elif row.known.is_live or row.state in subscriptions.ENDED:
        # One that is only held belongs to who is at Stripe's page right now.
        claiming.release(row.workspace)


def _tell(owner: User, change: Change, row: Subscription, title: str) -> None:
    about = {"plan": title}
    if change is Change.PAYMENT_FAILED:
        until = (row.failed_since or clock.now()) + catalogue.table().grace
        tell(owner, "plan.payment_failed", about=about | {"until": quota.day(until), "state": row.state})
    elif change is Change.ENDED:
        tell(owner, "plan.ended", about=about)


def tell_of_lapses() -> int:
    """Tell owners whose grace is over, once. How many."""
    told = 0
    over = clock.now() - catalogue.table().grace
    due = Subscription.objects.filter(state="past_due", failed_since__lte=over, lapse_told_at=None)
    for row in due.select_related("workspace__owner"):
        with transaction.atomic():
            if Subscription.objects.filter(pk=row.pk, state="past_due", lapse_told_at=None).update(lapse_told_at=clock.now()):
                _give_rights(row, catalogue.named(row.plan))
                row.save(update_fields=["gave_developer_access"])
                tell(row.workspace.owner, "plan.lapsed", about={"plan": _title(row.plan)})
                told += 1
    return told


def _title(plan: str) -> str:
    found = catalogue.named(plan)
    return found.title if found else plan


def _ring(pk: uuid.UUID) -> None:
    task = current_app.tasks.get("billing.synchronise")
    try:
        if task is not None:
            task.apply_async(args=(str(pk),))
        else:
            current_app.send_task("billing.synchronise", args=(str(pk),))
    except (OperationalError, KombuError, OSError) as error:
        log.warning("The broker did not take the bell for a customer: %s", error)
