"""Webhook endpoints and what is dispatched to them (Standard Webhooks 1.0.0)."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.urls import reverse

from accounts.models import Owned, OwnedQuerySet
from ground import clock
from ground.rows import Row


class Endpoint(Owned):
    """Where lifecycle events are sent. Stored: the address and the sealed signing secrets (S-058), beside what was chosen."""

    class State(models.TextChoices):
        ACTIVE = "active", "Gets events"
        DISABLED = "disabled", "Switched off"

    url = models.URLField(max_length=500)
    events = models.JSONField(default=list)
    """Names of the events that were chosen, of ``delivery/events.yaml``."""
    sealed = models.TextField()
    """The signing secret, purpose ``webhook secret``."""
    sealed_before = models.TextField(blank=True)
    """The secret before the last rotation; it signs too for 24 hours."""
    rotated_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    disabled_because = models.CharField(max_length=20, blank=True)
    """A word of ours: "gone" (410), "failing" (5 days), "unreadable" (the secret), "owner"."""
    failing_since = models.DateTimeField(null=True, blank=True)
    """The first failure after the last success."""
    quiet_until = models.DateTimeField(null=True, blank=True)
    """The endpoint asked us to wait (429 or 503 with Retry-After)."""
    turn = models.PositiveBigIntegerField(default=0)
    """Counts the turns and never goes back: who holds the newest one sends to this endpoint, and nobody else."""
    turn_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = OwnedQuerySet["Endpoint"].as_manager()

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return self.url

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def host(self) -> str:
        """What it is called on pages, where the whole address would be too long."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def get_absolute_url(self) -> str:
        return reverse("delivery:endpoint", args=[self.pk])


class Event(Owned):
    """Something that happened, once, whoever listens. Ids and states only (N-26)."""

    kind = models.CharField(max_length=40)
    """Of ``delivery/events.yaml``: "run.completed"."""
    subject = models.UUIDField()
    """The run or package."""
    at = models.DateTimeField(default=clock.now)
    data = models.JSONField(default=dict)

    objects: ClassVar = OwnedQuerySet["Event"].as_manager()

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "subject", "at"], name="an_event_once")]

    def __str__(self) -> str:
        return self.kind


class Dispatch(Owned):
    """One event on its way to one endpoint. Its id is the ``webhook-id`` of every attempt, and of a replay."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "On its way"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        DROPPED = "dropped", "Not sent: switched off"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="dispatches")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="dispatches")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    """Counts every claim and never goes back."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Since it was made or replayed: the place in the schedule."""
    next_try_at = models.DateTimeField(default=clock.now)
    """When it is tried next; once it was given up, when that was."""
    lease_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    recovered = models.BooleanField(default=False)
    """Was given up in an outage and set going again when it ended. That happens once."""

    objects: ClassVar = OwnedQuerySet["Dispatch"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["endpoint", "event"], name="an_event_once_per_endpoint")]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="dispatches_due")]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"


class Attempt(Row):
    """One attempt at a dispatch, kept 30 days: what was sent, and the first 1 kB of the answer."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=clock.now)
    milliseconds = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    """NULL: there was no answer."""
    sentence = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    """The body as it was signed and sent."""
    answer = models.CharField(max_length=1024, blank=True)
    workspace_path: ClassVar[str] = "dispatch__workspace"

    objects: ClassVar = OwnedQuerySet["Attempt"].as_manager()

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.sentence or str(self.status)
