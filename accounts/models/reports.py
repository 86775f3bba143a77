"""Bug reports: from a page, or filed by the service itself."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models

from accounts.models.users import OwnedQuerySet, User, Workspace
from ground.rows import Row


class BugReport(Row):
    """Title, description, severity, and the diagnostic part: path, browser, ids of run and interview (S-078, N-53)."""

    class Severity(models.TextChoices):
        LOW = "low", "A small thing"
        MEDIUM = "medium", "It gets in my way"
        HIGH = "high", "I cannot go on"
        CRITICAL = "critical", "Data is lost or exposed"
        WEAKNESS = "weakness", "A weakness in its security"

    class State(models.TextChoices):
        OPEN = "open", "Not looked at yet"
        TRIAGED = "triaged", "Looked at"
        RESOLVED = "resolved", "Resolved"
        DECLINED = "declined", "Will not be changed"

    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.SET_NULL, related_name="bug_reports")
    reporter = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """NULL: filed by the service itself (S-079)."""
    automatic = models.BooleanField(default=False)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=5000)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    route = models.CharField(max_length=200, blank=True)
    """The path only: no query, no fragment."""
    user_agent = models.CharField(max_length=300, blank=True)
    run = models.UUIDField(null=True, blank=True)
    interview = models.UUIDField(null=True, blank=True)
    error_class = models.CharField(max_length=80, blank=True)
    """Of a report that the service filed."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField(null=True, blank=True)
    """When it came, where an operator filed what came by mail; else it came when the row was made."""
    triaged_at = models.DateTimeField(null=True, blank=True)
    timeline_at = models.DateTimeField(null=True, blank=True)
    """Of a weakness: when its reporter was told by when it will be mended (P1-062)."""
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = OwnedQuerySet["BugReport"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run"], condition=models.Q(automatic=True), name="one_automatic_report_per_run")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def came_at(self) -> dt.datetime:
        """From here its clocks run."""
        return self.received_at or self.created_at

    @property
    def is_closed(self) -> bool:
        return self.state in {self.State.RESOLVED, self.State.DECLINED}
