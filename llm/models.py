"""What is kept of model calls: the ledger in typed columns, the answers that were paid for, and the keys.

The ledger and the monthly sums hold times, names of vendor and model, numbers of tokens and cost, and nothing anybody wrote
(S-102, N-48). What a model said lies apart, in ``Exchange``, for as long as it is needed so that nothing is paid for twice.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models

from accounts.models import Owned, OwnedQuerySet, Workspace
from ground.rows import Row
from llm.errors import Usage


class ModelCall(Owned):
    """One call, from before anything is sent until its end. Repairs and retries of the call are part of the same row."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"

    class Outcome(models.TextChoices):
        """How it ended: the closed list behind the error rates."""

        OPEN = "", "Not ended"
        ANSWERED = "answered", "A good answer"
        REPAIRED = "repaired", "A good answer after one repair"
        FAULTY = "faulty", "An answer with faults, also after one repair"
        BUSY = "busy", "The vendor was busy or had a fault"
        BROKEN = "broken", "The answer broke off before its end"
        LATE = "late", "No answer in time"
        CUT_OFF = "cut-off", "The answer reached its length limit"
        REFUSED = "refused", "The model or a filter declined"
        TOO_LONG = "too-long", "The material did not fit"
        REJECTED = "rejected", "The vendor refused the request"
        UNSEARCHED = "unsearched", "The search for secrets failed; nothing was sent"
        CANCELLED = "cancelled", "Stopped with its run"
        LOST = "lost", "The process that asked stopped"
        OURS = "ours", "A fault of ours"

    call = models.CharField(max_length=80)
    """ "generation.vision"."""
    version = models.PositiveIntegerField()
    tier = models.CharField(max_length=20, blank=True)
    subject = models.UUIDField(null=True, blank=True)
    """The run or interview it was made for; with the workspace the only keys in this row."""
    part = models.CharField(max_length=80, blank=True)
    """Key of the run's step: "prose:BRIEF.md". Written in our code, never by a person."""
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80, blank=True)
    """Empty for the rule-based agents."""
    own_key = models.BooleanField(default=False)
    """Paid by the owner to the vendor, with the owner's key."""
    instead_of = models.CharField(max_length=20, blank=True)
    """The vendor that was asked first and could not answer; empty without failover."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default=Outcome.OPEN)
    attempts = models.PositiveIntegerField(default=0)
    """How often something was sent: retries after faults, and the repair turn."""
    dropped = models.PositiveIntegerField(default=0)
    """Passages that were left out so that the material fits the model."""
    tokens_in = models.PositiveIntegerField(default=0)
    """Read at the full price."""
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    tokens_cache_written = models.PositiveIntegerField(default=0)
    estimate_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, default=None)
    """What it may cost at most, fixed before it is sent. NULL: the price of the model is not known."""
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, default=Decimal(0))
    """US dollars. NULL: the price of the model is not known."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = OwnedQuerySet["ModelCall"].as_manager()

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-started_at"], name="ledger_by_time"),
            models.Index(fields=["subject", "part"], name="ledger_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.call} v{self.version} {self.state}"

    @property
    def usage(self) -> Usage:
        return Usage(self.tokens_in, self.tokens_out, self.tokens_cached, self.tokens_cache_written)


class RedactionCount(Row):
    """How many secrets of one kind were taken out of one call. Never a value."""

    call = models.ForeignKey(ModelCall, on_delete=models.CASCADE, related_name="redactions")
    kind = models.CharField(max_length=40)
    count = models.PositiveIntegerField()
    workspace_path: ClassVar[str] = "call__workspace"

    objects: ClassVar = OwnedQuerySet["RedactionCount"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["call", "kind"], name="one_count_per_kind")]

    def __str__(self) -> str:
        return f"{self.count} x {self.kind}"


class Exchange(Owned):
    """One question under a key, and its answer once it is there: what makes it impossible to pay twice.

    While it is in flight, the process that asked holds a lease and extends it; another asker with the same key waits. When the
    lease
    ends without an answer, the next asker takes over: with the vendor's id of the response it fetches what was already bought.
    """

    key = models.CharField(max_length=200)
    prompt_sha256 = models.CharField(max_length=64)
    """Of everything that decides the answer: instructions, material, schema, provider, model."""
    output = models.JSONField(null=True, default=None)
    """The checked answer; NULL while it is in flight."""
    owner = models.CharField(max_length=80, blank=True)
    """The process that asks, as ``ground.processes`` names it; empty when nobody does."""
    lease_until = models.DateTimeField(null=True)
    response_id = models.CharField(max_length=120, blank=True)
    """The vendor's id of a response that is being written in the background; committed before anybody waits for it."""
    call = models.ForeignKey(ModelCall, null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar = OwnedQuerySet["Exchange"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "key"], name="one_exchange_per_key")]

    def __str__(self) -> str:
        return f"{self.key} {'answered' if self.output is not None else 'in flight'}"


class UsageMonth(Owned):
    """What one workspace used of one model in one calendar month (UTC): sums that outlive the single calls (S-105)."""

    month = models.DateField()
    """Its first day."""
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80, blank=True)
    own_key = models.BooleanField(default=False)
    calls = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unpriced = models.PositiveIntegerField(default=0)
    """Calls whose cost is not known and not part of the sum."""
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    tokens_cached = models.PositiveBigIntegerField(default=0)
    tokens_cache_written = models.PositiveBigIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))

    objects: ClassVar = OwnedQuerySet["UsageMonth"].as_manager()

    class Meta:
        ordering: ClassVar = ["-month", "provider", "model"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "month", "provider", "model", "own_key"], name="one_sum_per_month_and_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.provider} {self.model}"


class OwnKey(Owned):
    """A model vendor's key that the owner brought: the ciphertext and the last four characters, nothing else (S-066)."""

    provider = models.CharField(max_length=20)
    sealed = models.CharField(max_length=1000)
    last_four = models.CharField(max_length=4)

    objects: ClassVar = OwnedQuerySet["OwnKey"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "provider"], name="one_own_key_per_vendor")]

    def __str__(self) -> str:
        return f"{self.provider} …{self.last_four}"


class VendorChoice(Row):
    """What an owner allows about vendors. Without a row: no failover."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    failover = models.BooleanField(default=False)
    """The other managed vendor may be asked when the first one cannot answer."""
    workspace_path: ClassVar[str] = "workspace"

    objects: ClassVar = OwnedQuerySet["VendorChoice"].as_manager()

    def __str__(self) -> str:
        return "failover" if self.failover else "one vendor"


class RedactionKey(Row):
    """The key of a workspace's placeholders: the same secret has the same placeholder here, and another one elsewhere."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    sealed = models.CharField(max_length=200)
    workspace_path: ClassVar[str] = "workspace"

    objects: ClassVar = OwnedQuerySet["RedactionKey"].as_manager()

    def __str__(self) -> str:
        return "key of placeholders"
