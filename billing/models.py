"""What an owner allows to be spent, which plan a workspace has, and how much of it is used.

Of a customer four data of Stripe's are kept and nothing else: the id of the customer, the id of the subscription, its state, and
the dates of its renewal (S-127, N-68).
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from accounts.models import Owned, OwnedQuerySet, Workspace
from billing.rules.subscriptions import Known
from ground import clock
from ground.rows import Row


class SpendingLimit(Row):
    """The owner's own limits in US dollars. An empty one is no limit; 0 stops every call that costs something."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    run_usd = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)])
    """For one run or one interview."""
    month_usd = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)])
    """For all calls of a calendar month (UTC)."""
    workspace_path: ClassVar[str] = "workspace"

    objects: ClassVar = OwnedQuerySet["SpendingLimit"].as_manager()

    def __str__(self) -> str:
        return "spending limits"


class Subscription(Row):
    """A workspace as a customer. There is a row from the first time somebody asks for a plan; what it says is Stripe's word."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    customer = models.CharField(max_length=255, blank=True)
    """Stripe's id of the customer."""
    subscription = models.CharField(max_length=255, blank=True)
    """Stripe's id of the subscription."""
    state = models.CharField(max_length=30, blank=True)
    """Stripe's word: trialing, active, past_due, unpaid, paused, incomplete, incomplete_expired, canceled."""
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    """When it ends, if it was canceled for later."""
    plan = models.CharField(max_length=40, blank=True)
    """Ours: the name in the table of plans, by the price of the subscription."""
    failed_since = models.DateTimeField(null=True)
    """Ours: when we first saw that a payment failed; the grace counts from here."""
    lapse_told_at = models.DateTimeField(null=True)
    gave_developer_access = models.BooleanField(default=False)
    """The right came with the plan and goes with it; one that an operator granted stays."""
    turn = models.PositiveIntegerField(default=0)
    """The fence: counts every look at Stripe. What an earlier look saw is not written over what a later one did."""
    lease_until = models.DateTimeField(null=True)
    """Until when one process looks or buys for this row."""
    workspace_path: ClassVar[str] = "workspace"

    objects: ClassVar = OwnedQuerySet["Subscription"].as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer"], condition=~models.Q(customer=""), name="one_workspace_per_customer")
        ]

    def __str__(self) -> str:
        return f"{self.plan or 'no plan'} {self.state}"

    @property
    def known(self) -> Known:
        """By value, for the rules."""
        return Known(self.subscription, self.state, self.plan, self.period_start, self.ends_at)


class QuotaPeriod(Owned):
    """How many generations of a workspace were accepted in one period."""

    starts_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)
    """When the owner was told that most of them are used."""

    objects: ClassVar = OwnedQuerySet["QuotaPeriod"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "starts_at"], name="one_count_per_period")]

    def __str__(self) -> str:
        return f"{self.used} since {self.starts_at:%Y-%m-%d}"


class CountedRun(models.Model):
    """That a run was counted, so that it is given back once at most."""

    run = models.UUIDField(primary_key=True)
    period = models.ForeignKey(QuotaPeriod, on_delete=models.CASCADE, related_name="runs")
    counted_at = models.DateTimeField(default=clock.now)
    given_back_at = models.DateTimeField(null=True)
    over = models.BooleanField(default=False)
    """Beyond the number of the plan: to be paid for once its package is done."""
    done_at = models.DateTimeField(null=True)
    billed_at = models.DateTimeField(null=True)
    """When Stripe noted what is to be paid for it."""
    workspace_path: ClassVar[str] = "period__workspace"

    objects: ClassVar = OwnedQuerySet["CountedRun"].as_manager()

    def __str__(self) -> str:
        return f"{self.run} {'given back' if self.given_back_at else 'counted'}"


class PlanClaim(Owned):
    """One of the places of a plan that only so many may have (PR-058)."""

    plan = models.CharField(max_length=40)
    place = models.PositiveIntegerField()
    """From 1 to the number of the plan. The database lets each be taken once, whoever asks at the same moment."""
    held_until = models.DateTimeField(null=True)
    """While its buyer is at Stripe's page; NULL: it is taken."""

    objects: ClassVar = OwnedQuerySet["PlanClaim"].as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "place"], name="one_claim_per_place"),
            models.UniqueConstraint(fields=["workspace"], name="one_claim_per_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, place {self.place}"


class StripeEvent(models.Model):
    """That an event was told. Of the event only its id is kept; whose it is goes once it was looked at (N-68)."""

    id = models.CharField(primary_key=True, max_length=255)
    customer = models.CharField(max_length=255, blank=True)
    """Who is to be looked at; emptied when that is done."""
    heard_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer"], name="events_to_look_at", condition=~models.Q(customer=""))]

    def __str__(self) -> str:
        return self.id


class Parting(Row):
    """A customer whose account is gone: what they still pay for is to be ended at Stripe. Goes when Stripe has answered."""

    sealed = models.CharField(max_length=1000)
    """Who, sealed by the vault: nothing that can be read here leads to the customer any more."""
    tries = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"asked {self.tries} times"


class RevenueMonth(models.Model):
    """What was paid in a month for one plan in one region of tax: for the books, without anybody in it (N-30).

    Written anew from Stripe's invoices while its month is open, so that nothing has to be kept of a single one.
    """

    month = models.DateField()
    """Its first day (UTC)."""
    plan = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    region = models.CharField(max_length=40, blank=True)
    """Country, and state where tax depends on it: "DE", "US-CA"."""
    invoices = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    """In the smallest unit of the currency, with tax."""
    tax = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-month", "plan", "currency", "region"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "plan", "currency", "region"], name="one_sum_per_month_and_plan")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.plan}"
