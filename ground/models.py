"""Rows that belong to no noun: the durable log behind every event stream."""

from __future__ import annotations

from django.db import models

from ground import clock


class LogEntry(models.Model):
    """One event of one stream. Streams only follow these rows; nothing is pushed past them.

    ``stream`` names the noun and row it belongs to ("interview:<uuid>"); ``sequence`` counts from 1 within the stream and is
    the ``id`` of the server-sent event (WHATWG HTML, 9.2), so ``Last-Event-ID`` resumes without loss or repetition.
    """

    stream = models.CharField(max_length=80)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["stream", "sequence"]
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="one_entry_per_place_in_a_stream")]

    def __str__(self) -> str:
        return f"{self.stream} #{self.sequence} {self.kind}"


class Pulse(models.Model):
    """When something that must happen regularly last happened: the schedule's own sign of life (``/readyz``)."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class Bucket(models.Model):
    """A rate limit's token bucket where there is no Redis (``ground.limits``)."""

    name = models.CharField(max_length=120, primary_key=True)
    tokens = models.FloatField()
    at = models.FloatField()
    """When ``tokens`` was true; seconds since 1970."""
    full_at = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(models.Model):
    """A request that may be sent twice and is done once (``ground.idempotency``). Kept for 24 hours; holds no body."""

    name = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of who asked and the key they chose."""
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of what was asked."""
    attempt = models.PositiveSmallIntegerField(default=1)
    """The fence: only who holds the newest one may note the end."""
    status = models.PositiveSmallIntegerField(null=True)
    """NULL: no end yet."""
    place = models.CharField(max_length=300, blank=True)
    """The address of what the answer shows: names and ids of ours."""
    made_at = models.DateTimeField(db_index=True)
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name[:8]} {self.status or 'under way'}"
