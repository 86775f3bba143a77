"""Where packages go, and what became of each on its way."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Owned, OwnedQuerySet
from generation.models import Package
from ground.rows import Row
from interviews.models import Interview


class Channel(Owned):
    """One place that packages are delivered to: a repository or a container. Opt-in; nothing is there at first (S-050).

    What is stored of it are the details its owner gave (S-051) and the sealed credential (S-057, N-24).
    """

    class Kind(models.TextChoices):
        GITHUB = "github", "GitHub"
        GITLAB = "gitlab", "GitLab"
        AZURE_DEVOPS = "azure_devops", "Azure DevOps"
        BITBUCKET = "bitbucket", "Bitbucket"
        GIT = "git", "Another git server"
        BLOB = "blob", "Azure Blob container"

    class State(models.TextChoices):
        DRAFT = "draft", "Waiting for your look at the first delivery"
        ACTIVE = "active", "Delivers"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Stopped by a fault"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=80)
    interview = models.ForeignKey(Interview, null=True, blank=True, on_delete=models.CASCADE, related_name="channels")
    """One project's packages only; NULL: of every project of the workspace."""
    place = models.JSONField(default=dict)
    """The details of the kind, checked by its ``Place`` (``delivery.kinds.<kind>``): owner, repository, base branch, folder..."""
    sealed = models.TextField(blank=True)
    """The credential, sealed by the vault with purpose ``delivery credential``."""
    intermediates = models.BooleanField(default=False)
    """Also scores, reviews and the decision log (N-25)."""
    transcript = models.BooleanField(default=False)
    """Also what was said, word for word: the interview, the facts and the model that quotes them."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    trouble = models.CharField(max_length=300, blank=True)
    """A sentence for the owner when it is broken."""
    confirmed_at = models.DateTimeField(null=True, blank=True)
    """When the owner saw the preview of the first delivery and said yes (N-66)."""

    objects: ClassVar = OwnedQuerySet["Channel"].as_manager()

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("delivery:channel", args=[self.pk])

    @property
    def is_whole(self) -> bool:
        """A credential is there, so that it can be tested and looked at."""
        return bool(self.sealed)


class Delivery(Owned):
    """One package on its way to one channel. The row stands before anything is sent and is claimed with a lease."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "On its way"
        SENT = "sent", "Delivered"
        FAILED = "failed", "Not delivered"
        CANCELLED = "cancelled", "Cancelled"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    """Counts every claim and never goes back: the fence that keeps a worker thought dead from writing."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Since it was made or started again by a person."""
    by_hand = models.BooleanField(default=False)
    """A person asked for it: it goes also when a newer package was delivered."""
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    """When the broker was last asked to ring for it."""
    digest = models.CharField(max_length=64, blank=True)
    """SHA-256 over paths and contents of what is sent: the same content is never committed twice."""
    files = models.JSONField(default=dict)
    """What was sent: SHA-256 by path."""
    receipt = models.JSONField(default=dict)
    """What the other side answered, typed by ``delivery.contract.Receipt``: branch, commit, address of the request, files."""
    trouble = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = OwnedQuerySet["Delivery"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "package"], name="a_package_once_per_channel")]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="deliveries_due")]

    def __str__(self) -> str:
        return f"{self.package} to {self.channel}"

    @property
    def address(self) -> str:
        """Where it can be seen on the other side; only what a browser may follow."""
        address = str(self.receipt.get("address", ""))
        return address if address.startswith("https://") else ""


class Try(Row):
    """One attempt at a delivery, for its history."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    ok = models.BooleanField(default=False)
    sentence = models.CharField(max_length=300, blank=True)
    """What happened, for a person; no credential, no address with one."""
    workspace_path: ClassVar[str] = "delivery__workspace"

    objects: ClassVar = OwnedQuerySet["Try"].as_manager()

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.sentence
