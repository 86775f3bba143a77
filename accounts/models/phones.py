"""A number for SMS that waits for its code."""

from __future__ import annotations

from django.db import models

from accounts.models.users import User
from ground.rows import Row


class PhoneCode(Row):
    """The one code that a person can enter now. Gone after 10 minutes or success, by deletion (S-021, N-15)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="phone_code")
    number = models.CharField(max_length=16)
    """E.164."""
    digest = models.CharField(max_length=64)
    """HMAC-SHA256 of the code with a key derived from the vault's ring and this row's id (S-020, N-14)."""
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return "a code that waits"
