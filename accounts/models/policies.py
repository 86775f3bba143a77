"""Texts that the service is bound by, entry by entry: versions of policies, sub-processors, objections to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.mailouts import MailOut
from accounts.models.users import User
from ground.rows import Row


class PolicyVersion(Row):
    """A version that an operator published. The first version of each document ships as a file (``accounts.policies``)."""

    class Document(models.TextChoices):
        PRIVACY = "privacy", "Privacy policy"
        TERMS = "terms", "Terms"
        DPA = "dpa", "Data processing agreement"

    document = models.CharField(max_length=10, choices=Document.choices)
    dated = models.DateField()
    """The day it takes effect, in UTC: what the page shows as its date, and its name in addresses."""
    effective_at = models.DateTimeField()
    material = models.BooleanField()
    summary = models.CharField(max_length=300)
    """What changes, in a sentence."""
    text = models.TextField()
    """Markdown, with the marks that ``accounts.rules.wording`` knows."""
    mail_out = models.ForeignKey(MailOut, null=True, blank=True, on_delete=models.PROTECT, related_name="policy_versions")
    """The letter that told everybody of it. A material change has one (S-006)."""

    class Meta:
        ordering: ClassVar = ["document", "dated"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "dated"], name="one_version_of_a_document_a_day"),
            models.CheckConstraint(
                condition=models.Q(material=False) | models.Q(mail_out__isnull=False), name="no_material_change_without_a_letter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_document_display()}, {self.dated}"


class SubProcessor(Row):
    """A company that joins the list of sub-processors after its first edition, or stands in for another (PR-053, PR-054)."""

    company = models.CharField(max_length=100)
    party = models.CharField(max_length=100, blank=True)
    """The name in the table of egress, where we call it: calls are refused until this entry is active."""
    does = models.CharField(max_length=200)
    data = models.CharField(max_length=300)
    country = models.CharField(max_length=100)
    policy = models.URLField(blank=True)
    replaces = models.CharField(max_length=100, blank=True)
    """The company whose place it takes; that one leaves the list when this one is active."""
    mail_out = models.OneToOneField(MailOut, null=True, blank=True, on_delete=models.PROTECT, related_name="sub_processor")
    """The notice of the change."""
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["company", "created_at"]

    def __str__(self) -> str:
        return self.company


class Objection(Row):
    """That somebody objects to a change of the list (PR-055). One for each person and change; the last words count."""

    sub_processor = models.ForeignKey(SubProcessor, on_delete=models.CASCADE, related_name="objections")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="objections")
    words = models.TextField(max_length=5000)
    seen_at = models.DateTimeField(null=True, blank=True)
    """When an operator opened it; without that the change cannot be made active."""

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sub_processor", "user"], name="one_objection_per_person_and_change")
        ]

    def __str__(self) -> str:
        return f"Objection to {self.sub_processor}"
