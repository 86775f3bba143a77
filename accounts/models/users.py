"""Who asks: a user, the workspace that owns everything, and the one way to read what is owned."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Self, TypeAlias, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from ground.rows import Row

M = TypeVar("M", bound=models.Model)


PERSONAL = "Personal"
"""What a personal workspace is called: not after its owner, whose name may change."""


class UserQuerySet(BaseUserManager["User"]):
    def create_user(self, email: str, display_name: str = "", **fields: Any) -> User:
        """A user and the personal workspace, together. There is no password to set (S-010)."""
        with transaction.atomic():
            user = self.model(email=self.normalize_email(email), display_name=display_name, **fields)
            user.save(using=self._db)
            return user

    def with_address(self, email: str) -> User | None:
        """The account of this address: the one that verified it, else the oldest that gave it."""
        return self.filter(email__iexact=email).order_by("-email_verified", "created_at").first()


class User(Row, AbstractBaseUser):
    """A person. Signs in through an outside identity only: there is no password column at all."""

    password = None  # type: ignore[assignment]  # removes the inherited column
    email = models.EmailField()
    """Where we write to; empty where the provider gave none, and then nothing is sent.

    Unique among verified addresses only: what nobody verified proves nothing about its owner (S-015).
    """
    email_verified = models.BooleanField(default=False)
    display_name = models.CharField(max_length=150, blank=True)
    contact_phone = models.CharField(max_length=32, blank=True)
    """As the person wrote it; never called and never sent an SMS."""
    sms_number = models.CharField(max_length=16, blank=True)
    """E.164, with the plus sign. SMS go there only once ``sms_verified_at`` is set (S-018)."""
    sms_verified_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=16, default="en")
    is_active = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    """Set with ``is_active`` False by an operator: sessions, keys and tokens stop at the next request (S-005)."""
    developer_access = models.BooleanField(default=False)
    """May bring model keys of their own (S-063). Changed through ``accounts.flows.granting`` only, which records who did it."""

    USERNAME_FIELD = "id"  # the address recognises nobody (S-012)
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserQuerySet] = UserQuerySet()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=models.Q(email_verified=True), name="one_account_per_verified_address"
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.email or "Somebody"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every user has exactly one personal workspace, from the first moment."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            Workspace.objects.get_or_create(owner=self, personal=True, defaults={"name": PERSONAL})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """With everything that hangs on it, and the audit unlinked: all or nothing."""
        with transaction.atomic():
            return super().delete(*args, **kwargs)

    @property
    def workspace(self) -> Workspace:
        return Workspace.objects.get(owner=self, personal=True)

    @property
    def initials(self) -> str:
        """Two letters for the round badge."""
        words = (self.display_name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()[:2] or "?"

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
        """What this user may see: their own, without what lies in the Recycle Bin. Everything else is a 404, never an ``if``."""
        if not user.is_authenticated:
            return self.none()
        path = getattr(self.model, "workspace_path", "workspace")
        return self.filter(**{f"{path}__owner": user}).filter(**dict.fromkeys(_deleted_fields(self.model)))


class Owned(Row):
    """A row that a workspace owns."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    workspace_path: ClassVar[str] = "workspace"

    class Meta:
        abstract = True


class Binned(Owned):
    """A row that goes to the Recycle Bin before it is gone (S-121)."""

    class Because(models.TextChoices):
        OWNER = "owner", "You deleted it"
        POLICY = "policy", "Its time was over"

    deleted_at = models.DateTimeField(null=True, blank=True, db_index=True)
    """Since when it lies in the Recycle Bin; empty for what lives."""
    deleted_because = models.CharField(max_length=10, choices=Because.choices, blank=True)

    class Meta:
        abstract = True


@cache
def _deleted_fields(model: type[models.Model]) -> tuple[str, ...]:
    """Look-ups that must be empty for a row to be seen: its own ``deleted_at``, and those of the rows it hangs below.

    The rows it hangs below are those on its ``workspace_path``, and what the model names in ``hidden_with``.
    """
    fields = ["deleted_at"] if issubclass(model, Binned) else []
    for path in (getattr(model, "workspace_path", "workspace"), *getattr(model, "hidden_with", ())):
        above: type[models.Model] | None = model
        passed: list[str] = []
        for part in path.split("__"):
            above = above._meta.get_field(part).related_model if above is not None else None
            passed.append(part)
            if above is not None and issubclass(above, Binned):
                fields.append("__".join([*passed, "deleted_at"]))
    return tuple(fields)


Anyone: TypeAlias = User | AnonymousUser
