"""A folder is read for one interview: what was found in it, what the owner chose, how far it is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import OwnedQuerySet
from ground.rows import Row


class FolderReading(Row):
    """One look into a folder and what was read of it. Made by the owner's word in an open interview, never by itself (N-19)."""

    class State(models.TextChoices):
        LOOKING = "looking", "Looking into the folder"
        LISTED = "listed", "Choose what to read"
        READING = "reading", "Reading"
        DONE = "done", "Read"
        FAILED = "failed", "Not finished"
        CANCELLED = "cancelled", "Stopped"

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="folder_readings")
    connection = models.ForeignKey("connectors.Connection", on_delete=models.SET_NULL, null=True, related_name="+")
    folder_name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOOKING)
    seen = models.PositiveIntegerField(default=0)
    """How many files were listed so far."""
    trouble = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    """Counts the workers that took it: what a worker writes counts only while its number stands."""
    tries = models.PositiveIntegerField(default=0)
    """Of the present step, since it last went well."""
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    workspace_path: ClassVar[str] = "interview__workspace"

    objects: ClassVar = OwnedQuerySet["FolderReading"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.folder_name

    def get_absolute_url(self) -> str:
        return reverse("interviews:folder_reading", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.LOOKING, self.State.READING}


class FolderFile(Row):
    """One file of the folder. Of those that were not chosen nothing is kept once the reading is over for a day."""

    reading = models.ForeignKey(FolderReading, on_delete=models.CASCADE, related_name="files")
    item = models.CharField(max_length=200)
    """What its provider calls it; never shown, never taken from a browser."""
    above = models.JSONField(default=list)
    """What its provider calls the folders it lies in."""
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=500, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    version = models.CharField(max_length=200, blank=True)
    skip = models.CharField(max_length=200, blank=True)
    """Why it cannot be read, in a sentence."""
    reference = models.ForeignKey("interviews.Reference", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    workspace_path: ClassVar[str] = "reading__interview__workspace"

    objects: ClassVar = OwnedQuerySet["FolderFile"].as_manager()

    class Meta:
        ordering: ClassVar = ["path", "name", "pk"]

    def __str__(self) -> str:
        return f"{self.path}{self.name}"
