"""What every row has: a key that sorts by time, and when it was made."""

from __future__ import annotations

import uuid

import uuid_utils
from django.db import models

from ground import clock


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562, 5.7): rows made later sort later, on every machine."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class Row(models.Model):
    """Base of all rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True
