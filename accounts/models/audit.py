"""The audit trail: one schema, only ever added to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models.users import Owned, OwnedQuerySet, User, Workspace
from ground import clock


def unlinked(collector: Any, field: models.Field[Any, Any], rows: Any, using: str) -> None:
    """What happens to the audit when the workspace or the person it tells of goes: time and name of each action stay, nothing
    else (S-119, N-33).

    At once and in one statement: the database lets no event through that is half taken apart. Wants a transaction around it.
    """
    rows.update(**AuditEvent.UNLINKED)


def without_actor(collector: Any, field: models.Field[Any, Any], rows: Any, using: str) -> None:
    """What happens when the actor goes: what was done in somebody else's account stays theirs, without the actor."""
    AuditEvent.objects.using(using).filter(pk__in=rows.values("pk"), workspace=None).update(**AuditEvent.UNLINKED)
    rows.update(actor=None)


for handler in (unlinked, without_actor):
    handler.lazy_sub_objs = True  # type: ignore[attr-defined]  # Django then hands over a query, not the rows


class AuditEvent(Owned):
    """One thing that was done: what, when, by whom, by which means, to whom, about which row.

    Only ever added: triggers in the database refuse everything else (``accounts.trail``). Holds no secret and no address. The
    class of retention is fixed when the event is written (N-34).
    """

    class Action(models.TextChoices):
        """The closed list, with the sentence a person reads."""

        SIGNED_IN = "session.signed_in", "Somebody signed in"
        SIGN_IN_FAILED = "session.failed", "A sign-in failed"
        SIGNED_OUT = "session.signed_out", "Somebody signed out"
        SESSION_REVOKED = "session.revoked", "A session was ended from Settings"
        ACCOUNT_CREATED = "account.created", "The account was made"
        ACCOUNT_SUSPENDED = "account.suspended", "The account was suspended"
        ACCOUNT_RESTORED = "account.restored", "The account was opened again"
        ACCOUNT_CORRECTED = "account.corrected", "An operator corrected the profile at its owner's request"
        ACCOUNT_DELETION_REQUESTED = "account.deletion_requested", "Deletion of the account was asked for"
        IDENTITY_LINKED = "identity.linked", "A sign-in account was linked"
        IDENTITY_UNLINKED = "identity.unlinked", "A sign-in account was unlinked"
        PHONE_VERIFIED = "phone.verified", "A number for SMS was verified"
        PHONE_REMOVED = "phone.removed", "The number for SMS was removed"
        NOTICES_CHANGED = "notices.changed", "The choice of notices was changed"
        DEVELOPER_ACCESS_GRANTED = "developer_access.granted", "Developer access was granted"
        DEVELOPER_ACCESS_TAKEN = "developer_access.taken", "Developer access was taken away"
        OPERATOR_ROLE_GRANTED = "operator_role.granted", "An operator's role was granted"
        OPERATOR_ROLE_TAKEN = "operator_role.taken", "An operator's role was taken away"
        OPERATOR_ROLE_REVIEWED = "operator_role.reviewed", "An operator's role was confirmed"
        OPERATOR_READ = "operator.read", "An operator looked at the account"
        OPERATOR_DISCLOSED = "operator.disclosed", "An operator exported the account's data"
        OPERATOR_WROTE = "operator.wrote", "An operator sent a notice"
        OPERATOR_PUBLISHED = "operator.published", "An operator published a text or an entry of a list"
        OBJECTION_MADE = "objection.made", "An objection to a sub-processor was sent"
        REPORT_TRIAGED = "bug_report.triaged", "A bug report was looked at"
        REPORT_RESOLVED = "bug_report.resolved", "A bug report was resolved"
        API_KEY_CREATED = "api_key.created", "An API key was made"
        API_KEY_REVOKED = "api_key.revoked", "An API key was revoked"
        API_KEY_EXPIRED = "api_key.expired", "An API key expired"
        API_KEY_SUSPENDED = "api_key.suspended", "An API key was suspended"
        API_KEY_RESUMED = "api_key.resumed", "An API key was let in again"
        TOOL_CONNECTED = "tool.connected", "A tool was connected"
        TOOL_REFUSED = "tool.refused", "A tool was refused"
        TOOL_REVOKED = "tool.revoked", "A tool's token was revoked"
        TOOL_EXPIRED = "tool.expired", "A tool's token expired"
        OWN_KEY_ADDED = "own_key.added", "A model key was added"
        OWN_KEY_REFUSED = "own_key.refused", "A model key was refused by its vendor"
        OWN_KEY_REVOKED = "own_key.revoked", "A model key was revoked"
        FAILOVER_ALLOWED = "failover.allowed", "Asking the other vendor was allowed"
        FAILOVER_FORBIDDEN = "failover.forbidden", "Asking the other vendor was forbidden"
        RUN_STARTED = "run.started", "A generation was started"
        RUN_COMPLETED = "run.completed", "A generation was completed"
        RUN_FAILED = "run.failed", "A generation failed"
        RUN_CANCELLED = "run.cancelled", "A generation was cancelled"
        PACKAGE_DELETED = "package.deleted", "A package was put into the Recycle Bin"
        PACKAGE_RESTORED = "package.restored", "A package was restored"
        PACKAGE_PURGED = "package.purged", "A package was deleted for good"
        INTERVIEW_DELETED = "interview.deleted", "An interview was put into the Recycle Bin"
        INTERVIEW_RESTORED = "interview.restored", "An interview was restored"
        INTERVIEW_PURGED = "interview.purged", "An interview was deleted for good"
        RETENTION_CHANGED = "retention.changed", "How long packages and interviews are kept was changed"
        CHANNEL_CREATED = "channel.created", "A channel of delivery was added"
        CHANNEL_CHANGED = "channel.changed", "A channel of delivery was changed"
        CHANNEL_REMOVED = "channel.removed", "A channel of delivery was removed"
        CHANNEL_DELIVERED = "channel.delivered", "A package was delivered"
        WEBHOOK_CREATED = "webhook.created", "A webhook was added"
        WEBHOOK_CHANGED = "webhook.changed", "A webhook was changed"
        WEBHOOK_ROTATED = "webhook.rotated", "A webhook got a new secret"
        WEBHOOK_DISABLED = "webhook.disabled", "A webhook was switched off"
        WEBHOOK_RESUMED = "webhook.resumed", "A webhook was switched on again"
        WEBHOOK_DELETED = "webhook.deleted", "A webhook was removed"
        FOLDER_CONNECTED = "folder.connected", "A folder was connected"
        FOLDER_AUTHORISED = "folder.authorised", "A folder was authorised again"
        FOLDER_REVOKED = "folder.revoked", "Access to a folder was taken back at its provider"
        FOLDER_EXPIRED = "folder.expired", "Access to a folder has run out"
        FOLDER_DISCONNECTED = "folder.disconnected", "A folder was disconnected"
        SUBSCRIPTION_CREATED = "subscription.created", "A plan began"
        SUBSCRIPTION_RENEWED = "subscription.renewed", "The plan was renewed"
        SUBSCRIPTION_CHANGED = "subscription.changed", "The plan was changed for another"
        SUBSCRIPTION_CANCELED = "subscription.canceled", "The plan was canceled"
        SUBSCRIPTION_RESUMED = "subscription.resumed", "The cancellation of the plan was taken back"
        SUBSCRIPTION_ENDED = "subscription.ended", "The plan ended"
        SUBSCRIPTION_PAYMENT_FAILED = "subscription.payment_failed", "A payment for the plan failed"
        SUBSCRIPTION_RECOVERED = "subscription.recovered", "The plan was paid after a failure"
        CONSENT_CHANGED = "consent.changed", "An optional processing was switched on or off"
        DATA_REQUESTED = "data.requested", "An export of the account's data was asked for"
        DATA_EXPORTED = "data.exported", "Data of the account was exported"

    class Means(models.TextChoices):
        """By what the actor acted."""

        SESSION = "session", "in the browser"
        KEY = "key", "with an API key"
        TOOL = "tool", "with a tool's token"
        OPERATOR = "operator", "as an operator"
        SYSTEM = "system", "the service itself"

    class Kept(models.TextChoices):
        """How long: the class is fixed when the event is written (N-34)."""

        DETAIL = "detail", "90 days"
        BILLING = "billing", "7 years"

    workspace = models.ForeignKey(Workspace, null=True, on_delete=unlinked, related_name="+")  # type: ignore[assignment]
    """Whose trail it stands in. NULL: nobody's, as when an operator reads a list; or the account is deleted."""
    at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=40, choices=Action.choices)
    kept = models.CharField(max_length=10, choices=Kept.choices, default=Kept.DETAIL)
    means = models.CharField(max_length=10, choices=Means.choices, blank=True)
    actor = models.ForeignKey(User, null=True, on_delete=without_actor, related_name="+")
    """NULL: the system itself, or a person whose account is deleted."""
    subject = models.ForeignKey(User, null=True, on_delete=unlinked, related_name="+")
    """The person it was done to, where that is another one than the owner's own doing."""
    about = models.UUIDField(null=True, blank=True)
    """The row it was done with: a run, a key, a session."""
    label = models.CharField(max_length=40, blank=True)
    """What it was about: a word of ours ("OpenAI"), the name its owner gave to an API key (N-12), or a tool's own name (N-13)."""
    through = models.CharField(max_length=60, blank=True, default="")
    """The name of the tool or the key that acted for its owner (N-13). Empty: nothing stood between."""

    UNLINKED: ClassVar[dict[str, Any]] = {
        "workspace": None,
        "actor": None,
        "subject": None,
        "about": None,
        "means": "",
        "label": "",
        "through": "",
    }
    """What the columns hold once the account is gone; only ``at``, ``action`` and the class of retention say anything then."""

    objects: ClassVar = OwnedQuerySet["AuditEvent"].as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-at"], name="audit_by_time"),
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            models.Index(fields=["kept", "at"], name="audit_by_class"),
        ]

    def __str__(self) -> str:
        return self.action

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append only: what is written stays as it was written."""
        if not self._state.adding:
            raise TypeError("An audit event is not changed.")
        super().save(*args, **kwargs)
