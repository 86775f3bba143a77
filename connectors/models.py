"""One folder of somebody's, how far we may go there, and what stands while it is being connected."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Owned, OwnedQuerySet, Session, User
from ground.rows import Row

ACCESS, REFRESH = "folder access token", "folder refresh token"
"""Purposes of the vault for the tokens of a connection."""


class Kind(models.TextChoices):
    """Where a folder lies."""

    ONEDRIVE = "onedrive", "OneDrive"
    SHAREPOINT = "sharepoint", "SharePoint"
    GOOGLE = "google_drive", "Google Drive"


class Connection(Owned):
    """One folder that may be read. Holds what S-032 lists and nothing else the provider says."""

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        EXPIRED = "expired", "Access has ended"
        REVOKED = "revoked", "Access was taken back"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    drive = models.CharField(max_length=200, blank=True)
    folder = models.TextField()
    """Its id at the provider. Where a provider lets files be picked instead of a folder, their ids, one a line."""
    folder_name = models.CharField(max_length=255)
    picked = models.BooleanField(default=False)
    """Single files were picked: ``folder`` holds their ids."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.CONNECTED)
    sealed_access = models.TextField(blank=True)
    sealed_refresh = models.TextField(blank=True)
    """Empty where the provider issued none (S-033)."""
    expires_at = models.DateTimeField()
    """Until when the access token is good."""
    renewed_at = models.DateTimeField()
    renewing_until = models.DateTimeField(null=True, blank=True)
    """Set while one worker renews the tokens; the others wait for it."""
    read_at = models.DateTimeField(null=True, blank=True)
    """When it was last looked into or read from."""
    lane = models.CharField(max_length=64)
    """Calls with the same value wait for one another: a keyed hash of the tenant, from which nobody can tell which it is."""

    objects: ClassVar = OwnedQuerySet["Connection"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.folder_name

    def get_absolute_url(self) -> str:
        return reverse("connectors:connection", args=[self.pk])

    @property
    def is_connected(self) -> bool:
        return self.state == self.State.CONNECTED

    @property
    def needs_care(self) -> bool:
        """Authorise again by hand, before it ends: nothing can renew it (S-033)."""
        return self.is_connected and not self.sealed_refresh


class Attach(Owned):
    """Temporary: from the button to the chosen folder, 30 minutes at most, then physically gone (S-047)."""

    kind = models.CharField(max_length=12, choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, blank=True, related_name="attaches")
    """Set where a connection is authorised again."""
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    """The browser's session that began it; with its end this ends."""
    state_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  # NULL: used, and never unique then
    sealed_flow = models.TextField(blank=True)
    """State, verifier and nonce; empty once used."""
    sealed_access = models.TextField(blank=True)
    sealed_refresh = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lane = models.CharField(max_length=64, blank=True)
    back = models.CharField(max_length=200, blank=True)
    """The page of ours to go on with."""
    ends_at = models.DateTimeField()

    objects: ClassVar = OwnedQuerySet["Attach"].as_manager()

    def __str__(self) -> str:
        return f"{self.kind} until {self.ends_at:%H:%M}"


class Revocation(Row):
    """A permission of a deleted account that its provider is still to be told of. Goes when that is done, or after a day."""

    kind = models.CharField(max_length=12, choices=Kind.choices)
    sealed = models.TextField()
    """The token, sealed by the vault: nothing that can be read here leads to the person any more."""
    tries = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind}, asked {self.tries} times"


class Slot(Row):
    """One of the requests that may be under way at a tenant at the same time, shared by all processes."""

    lane = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()
    held_until = models.DateTimeField()
    holder = models.UUIDField(null=True, blank=True)
    connection = models.UUIDField(null=True, blank=True)
    """Whose request it is, so that a disconnect can wait for its end."""
    quiet_until = models.DateTimeField()
    """The provider asked for a pause."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["lane", "number"], name="one_slot_per_lane_and_number")]
        indexes: ClassVar = [models.Index(fields=["connection"], name="slots_of_a_connection")]

    def __str__(self) -> str:
        return f"{self.lane[:6]} {self.number}"
