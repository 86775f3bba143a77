"""Notices: which a person chose, and what was sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.users import User
from ground.rows import Row


class Channel(models.TextChoices):
    EMAIL = "email", "Email"
    SMS = "sms", "SMS"


class Choice(Row):
    """That a person wants one kind of notice by one channel. No row: not chosen, so not sent (S-131, N-43)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=40)
    """A key of ``accounts/notices.yaml``."""
    channel = models.CharField(max_length=5, choices=Channel.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="one_choice_per_kind_and_channel")
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}"


class Message(Row):
    """One mail or SMS: the row stands before anything is sent. The address is read from the account then, and not kept here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Handed over"
        DELIVERED = "delivered", "Delivered"
        BOUNCED = "bounced", "Not delivered"
        FAILED = "failed", "Could not be sent"
        DROPPED = "dropped", "Not sent: not wanted any more"

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="messages")
    """NULL: to the operator's address."""
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    about = models.JSONField(default=dict)
    """Ids and words of ours that the text is made from; nothing anybody wrote."""
    mail_out = models.ForeignKey("accounts.MailOut", null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    provider = models.CharField(max_length=10, blank=True)
    provider_id = models.CharField(max_length=120, blank=True, db_index=True)
    problem = models.CharField(max_length=200, blank=True)
    """A sentence of ours, without the address."""
    sent_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="messages_due")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["mail_out", "user"], name="one_message_per_letter_and_person")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}"
