"""Who asks: a user, the workspace that owns everything, and the one way to read what is owned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import models, transaction
from django.utils.crypto import salted_hmac

from ground import clock
from ground.rows import Row

M = TypeVar("M", bound=models.Model)


class UserQuerySet(BaseUserManager["User"]):
    def create_user(self, email: str, display_name: str = "", **fields: Any) -> User:
        """A user and the personal workspace, together. There is no password to set (S-010)."""
        with transaction.atomic():
            user = self.model(email=self.normalize_email(email), display_name=display_name, **fields)
            user.save(using=self._db)
            return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(Row, AbstractBaseUser, PermissionsMixin):
    """A person. Signs in through an outside identity only: there is no password column at all."""

    password = None  # type: ignore[assignment]  # removes the inherited column
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    developer_access = models.BooleanField(default=False)
    """May bring model keys of their own (S-063). Changed through ``accounts.flows.granting`` only, which records who did it."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserQuerySet] = UserQuerySet()

    def __str__(self) -> str:
        return self.display_name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every user has exactly one personal workspace, from the first moment."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            Workspace.objects.get_or_create(owner=self, personal=True, defaults={"name": self.display_name or "Personal"})

    @property
    def workspace(self) -> Workspace:
        return Workspace.objects.get(owner=self, personal=True)

    @property
    def initials(self) -> str:
        """Two letters for the round badge."""
        words = (self.display_name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()[:2]

    # Without a password there is nothing to check, hash or reset; Django and allauth ask all the same.
    def set_password(self, raw_password: str | None) -> None:
        if raw_password is not None:
            raise ValueError("SpecStep has no passwords.")

    def set_unusable_password(self) -> None: ...

    def has_usable_password(self) -> bool:
        return False

    def check_password(self, raw_password: str | None) -> bool:
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django derives this from the password hash, to end sessions when it changes. There is none, so the key is enough.
        return salted_hmac("accounts.User.session", str(self.pk), secret=secret, algorithm="sha256").hexdigest()


class Workspace(Row):
    """The owner of everything. Each user has a personal one; teams come later."""

    name = models.CharField(max_length=150)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="workspaces")
    personal = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=models.Q(personal=True), name="one_personal_workspace_per_user")
        ]

    def __str__(self) -> str:
        return self.name


class OwnedQuerySet(models.QuerySet[M]):
    """Rows that belong to a workspace, directly or through a parent.

    A model that hangs below an owned one names the way up: ``workspace_path = "interview__workspace"``.
    """

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What this user may see. Everything else is a 404, never an ``if``."""
        if not user.is_authenticated:
            return self.none()
        path = getattr(self.model, "workspace_path", "workspace")
        return self.filter(**{f"{path}__owner": user})


class Owned(Row):
    """A row that a workspace owns."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    workspace_path: ClassVar[str] = "workspace"

    class Meta:
        abstract = True


def unlinked(collector: Any, field: models.Field[Any, Any], rows: Any, using: str) -> None:
    """What happens to the audit when a workspace goes: the time and the name of each action stay, and nothing else (S-119)."""
    for name in ("workspace", "actor", "subject"):
        collector.add_field_update(AuditEvent._meta.get_field(name), None, rows)
    collector.add_field_update(AuditEvent._meta.get_field("label"), "", rows)


class AuditEvent(Owned):
    """One thing that was done: who, to whom, when. Only ever added; holds no secret, no address, nothing anybody wrote."""

    class Action(models.TextChoices):
        """The closed list, with the sentence a person reads."""

        DEVELOPER_ACCESS_GRANTED = "developer_access.granted", "Developer access was granted"
        DEVELOPER_ACCESS_TAKEN = "developer_access.taken", "Developer access was taken away"
        OWN_KEY_ADDED = "own_key.added", "A model key was added"
        OWN_KEY_REFUSED = "own_key.refused", "A model key was refused by its vendor"
        OWN_KEY_REVOKED = "own_key.revoked", "A model key was revoked"
        FAILOVER_ALLOWED = "failover.allowed", "Asking the other vendor was allowed"
        FAILOVER_FORBIDDEN = "failover.forbidden", "Asking the other vendor was forbidden"

    workspace = models.ForeignKey(Workspace, null=True, on_delete=unlinked, related_name="+")  # type: ignore[assignment]
    at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=40, choices=Action.choices)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """NULL: the system itself, or a person whose account is deleted."""
    subject = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """The person it was done to, where that is another one than the owner's own doing."""
    label = models.CharField(max_length=40, blank=True)
    """What it was about, in words of ours: "OpenAI"."""

    objects: ClassVar = OwnedQuerySet["AuditEvent"].as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["workspace", "-at"], name="audit_by_time")]

    def __str__(self) -> str:
        return self.action

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append only: what is written stays as it was written."""
        if not self._state.adding:
            raise TypeError("An audit event is not changed.")
        super().save(*args, **kwargs)


if TYPE_CHECKING:
    Anyone = User | AnonymousUser
