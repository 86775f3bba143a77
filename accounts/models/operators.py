"""Who runs the service, and what each may see of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.users import User
from ground.rows import Row


class OperatorRole(Row):
    """One role of one person in the operator console (S-179, N-52, N-60). Changed through ``accounts.flows.granting`` only."""

    class Role(models.TextChoices):
        SUPPORT = "support", "Support"
        BILLING = "billing", "Billing"
        SECURITY = "security", "Security"
        OWNER = "owner", "Owner"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="operator_roles")
    role = models.CharField(max_length=10, choices=Role.choices)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    """When an owner last confirmed in the access review that it is still needed."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role"], name="a_role_once_per_person")]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"
