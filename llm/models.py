"""The ledger of model calls: what was asked of whom, what came back, what it cost. No prompt text is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models

from accounts.models import Owned, OwnedQuerySet
from llm.errors import Usage


class ModelCall(Owned):
    """One call, from before anything is sent until its end. Repairs and retries of the call are part of the same row."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"

    call = models.CharField(max_length=80)
    """ "generation.vision"."""
    version = models.PositiveIntegerField()
    key = models.CharField(max_length=200, blank=True)
    """Makes a call idempotent within the workspace. Only the newest row of a key bears it; older ones stay without."""
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80, blank=True)
    """Empty for the rule-based agents."""
    prompt_sha256 = models.CharField(max_length=64)
    """Of everything that decides the answer: instructions, material, schema, provider, model."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    attempts = models.PositiveIntegerField(default=0)
    """How often something was sent: retries after faults, and the repair turn."""
    repaired = models.BooleanField(default=False)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    tokens_cache_written = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, default=Decimal(0))
    """US dollars. NULL: the price of the model is not known."""
    secrets = models.JSONField(default=dict)
    """How many secrets were taken out before sending, by kind. Never a value."""
    output = models.JSONField(null=True, default=None)
    """The checked answer, so that the same key is not paid for twice."""
    trouble = models.CharField(max_length=500, blank=True)
    """What went wrong, as a sentence for a person."""
    request_id = models.CharField(max_length=100, blank=True)
    """The vendor's id of the last request, for questions to its support."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = OwnedQuerySet["ModelCall"].as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-started_at"], name="ledger_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], condition=~models.Q(key=""), name="one_model_call_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.call} v{self.version} {self.state}"

    @property
    def usage(self) -> Usage:
        return Usage(self.tokens_in, self.tokens_out, self.tokens_cached, self.tokens_cache_written)
