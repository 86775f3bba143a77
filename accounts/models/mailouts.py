"""Letters that an operator sends to many accounts."""

from __future__ import annotations

from django.db import models

from accounts.models.users import User
from ground.rows import Row


class MailOut(Row):
    """A change of policy (S-006) or a notice of an incident (S-181), written once and sent to every account it concerns."""

    class Kind(models.TextChoices):
        POLICY = "policy", "Change of policy"
        INCIDENT = "incident", "Incident notice"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=150)
    happened = models.TextField(blank=True)
    """What happened, or what changes."""
    concerns = models.TextField(blank=True)
    """What it means for the reader: which data, which risk."""
    advice = models.TextField(blank=True)
    """What we do about it and what the reader can do."""
    known_at = models.DateTimeField(null=True, blank=True)
    """When we learnt of the incident: the 72 hours to tell of it run from there (N-54)."""
    effective_at = models.DateTimeField(null=True, blank=True)
    """When a change of policy takes effect; every mail leaves before."""
    to_everyone = models.BooleanField(default=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    recipients = models.ManyToManyField(User, related_name="+", blank=True)
    """Whom it concerns, where it does not go to everyone."""

    def __str__(self) -> str:
        return self.title
