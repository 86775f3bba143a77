"""Answers become documents: a run, its steps, and the package it leaves."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Binned, Owned, OwnedQuerySet
from ground.rows import Row
from interviews.models import Interview


class Run(Owned):
    """One writing of one package. A graph of step rows; the database is the truth and the broker only a bell."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Writing"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped by a fault"
        CANCELLED = "cancelled", "Cancelled"

    interview = models.ForeignKey(Interview, on_delete=models.SET_NULL, null=True, related_name="runs")
    """Empty once its interview was purged: packages have a life of their own (N-69)."""
    project = models.UUIDField(editable=False)
    """The id its interview has or had: what belongs together, also when the interview is gone."""
    number = models.PositiveIntegerField()
    """Counts from 1 within the interview."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    profile = models.CharField(max_length=10, choices=Interview.Profile.choices, default=Interview.Profile.LEAN)
    provider = models.CharField(max_length=20, default="offline")
    own_key = models.BooleanField(default=False)
    """Begun with the owner's own key: it does not go on with a managed one (S-068, S-070)."""
    evidence = models.JSONField()
    """The frozen ledger: what was asked, said, noted, covered and read. See ``generation.rules.evidence``."""
    evidence_sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)
    """A sentence for a person when it failed."""
    hidden_with: ClassVar[tuple[str, ...]] = ("package",)

    objects: ClassVar = OwnedQuerySet["Run"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "number"], name="run_number_once")]

    def __str__(self) -> str:
        return f"{self.project_title} run {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.interview_id is not None:
            self.project = self.interview_id
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("generation:run", args=[self.pk])

    @property
    def project_title(self) -> str:
        """What it writes about, also when the interview is gone."""
        if self.interview is not None:
            return self.interview.title
        package = Package.objects.filter(run=self).only("title").first()
        return package.title if package is not None else "A deleted interview"

    @property
    def open_interview(self) -> Interview | None:
        """Its interview where that can be opened: it is there, and not in the Recycle Bin."""
        return self.interview if self.interview is not None and self.interview.deleted_at is None else None

    @property
    def stream(self) -> str:
        """The name of this run's event log."""
        return f"run:{self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class Step(Row):
    """One node of a run's graph.

    A worker claims it by a conditional update, keeps a lease while it works and writes the result under its own attempt
    number, so that a worker that was thought dead cannot overwrite its successor (fencing).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READY = "ready", "Next"
        RUNNING = "running", "Working"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=60)
    """Unique in the run: "requirements", "render:docs/vision.md"."""
    kind = models.CharField(max_length=40)
    """Which work it is: the key of ``generation.steps``."""
    lane = models.CharField(max_length=20)
    """The lane on the progress page: "read", "decide", "write", "check"."""
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    needs = models.JSONField(default=list)
    """Keys of the steps whose results it uses."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    """Counts every claim and never goes back: the fence that keeps a worker thought dead from writing."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Claims since the run was started or retried by a person; at ``STEP_MAX_ATTEMPTS`` the step fails."""
    lease_until = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    """The process that holds it, as ``ground.processes`` names it."""
    not_before = models.DateTimeField(null=True, blank=True)
    parked_since = models.DateTimeField(null=True, blank=True)
    """Since when it stands aside because a model vendor asks us to wait; empty once it went on."""
    rung_at = models.DateTimeField(null=True, blank=True)
    """When the broker was last asked to ring for it."""
    input_sha256 = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    note = models.CharField(max_length=200, blank=True)
    """What came out, in a few words for the progress page: "41 answers, 118 facts"."""
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)
    workspace_path: ClassVar[str] = "run__workspace"
    hidden_with: ClassVar[tuple[str, ...]] = ("run__package",)

    objects: ClassVar = OwnedQuerySet["Step"].as_manager()

    class Meta:
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "key"], name="step_key_once_per_run")]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Package(Binned):
    """What a finished run left: documents as rows, and one deterministic zip."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="package")
    interview = models.ForeignKey(Interview, on_delete=models.SET_NULL, null=True, related_name="packages")
    """Empty once its interview was purged."""
    project = models.UUIDField(editable=False)
    """The id its interview has or had; see ``Run.project``."""
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    grade = models.CharField(max_length=12)
    """excellent, good, fair or poor, by the rule of ``generation.rules.scoring``."""
    summary = models.JSONField(default=dict)
    """Counts for lists: requirements, tests, stories, assumptions, conflicts, open questions, drafted_by."""
    model = models.JSONField(default=dict)
    """The typed model (``.specstep/model.json``)."""
    blob = models.CharField(max_length=200)
    """Name of the zip in the blob store."""
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="bytes of the zip")

    objects: ClassVar = OwnedQuerySet["Package"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "number"], name="package_number_once")]

    def __str__(self) -> str:
        return f"{self.title}, package {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.interview_id is not None:
            self.project = self.interview_id
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("generation:package", args=[self.pk])

    @property
    def open_interview(self) -> Interview | None:
        """Its interview where that can be opened: it is there, and not in the Recycle Bin."""
        return self.interview if self.interview is not None and self.interview.deleted_at is None else None


class Document(Row):
    """One file of a package."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="documents")
    path = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    workspace_path: ClassVar[str] = "package__workspace"

    objects: ClassVar = OwnedQuerySet["Document"].as_manager()

    class Meta:
        ordering: ClassVar = ["package", "path"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["package", "path"], name="document_path_once")]

    def __str__(self) -> str:
        return self.path
