"""What comes with an outside identity beside name and address: the photo."""

from __future__ import annotations

from django.db import models

from accounts.models.users import User
from ground.rows import Row


class Photo(Row):
    """A person's picture: Microsoft's bytes, cached and served by us (S-099), or the address at Google or GitHub (S-100)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="photo")
    provider = models.CharField(max_length=20)
    url = models.URLField(max_length=500, blank=True)
    content = models.BinaryField(blank=True, default=bytes)
    content_type = models.CharField(max_length=40, blank=True)
    cached_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"photo from {self.provider}"
