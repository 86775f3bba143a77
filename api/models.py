"""What the authorization server for tools keeps: clients, codes and tokens. No raw secret has a column (S-093).

The six models are those of django-oauth-toolkit, swapped for ours in this app's first migration. Refresh tokens, ID tokens and
device grants are never made: their tables stand because the library's models point at them, and stay empty.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from accounts.models.users import OwnedQuerySet, User
from api.oauth.rules import redirects, tokens
from ground import clock
from ground.rows import new_id


class Hashed(str):
    """What the database holds, so that it is not hashed a second time. What anybody sends is never one."""

    __slots__ = ()


class HashedField(models.CharField):  # type: ignore[type-arg]  # at run time it takes none
    """Holds the SHA-256 of what it is given, and finds a row by what was given, never by the hash itself."""

    MARK = "sha256:"

    def from_db_value(self, value: str | None, *_: Any) -> Hashed | None:
        return None if value is None else Hashed(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Hashed):
            return str(value)
        value = super().get_prep_value(value)
        return self.MARK + tokens.checksum(value) if value else value


class Client(AbstractApplication):
    """A tool that may ask people for access. Nobody's: the same tool serves many people.

    Registered by itself (RFC 7591) or known by the address of its metadata document. A secret, where it has one, is 256 random
    bits and stored as SHA-256.
    """

    user = None  # taken out of the library's model: it would be who wrote the client
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client_secret = HashedField(max_length=80, blank=True, default="")
    created = models.DateTimeField(default=clock.now, editable=False)
    updated = None
    last_authorised_at = models.DateTimeField(null=True, blank=True)
    """When somebody last let it in. NULL: nobody ever did."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(AbstractApplication.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name it gave itself; nobody has checked it."""
        return self.name or "A tool without a name"

    @property
    def is_confidential(self) -> bool:
        return bool(self.client_type == self.CLIENT_CONFIDENTIAL)

    def redirect_uri_allowed(self, uri: str) -> bool:
        """The library's question, our rule (RFC 9700, 2.1; RFC 8252, 7.3)."""
        return redirects.is_allowed(uri, self.redirect_uris.split())


class Grant(AbstractGrant):
    """A code between consent and exchange: good once, for a minute at most."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = HashedField(max_length=80, unique=True)
    created = models.DateTimeField(default=clock.now, editable=False)
    updated = None

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(AbstractGrant.Meta):
        abstract = False

    def is_expired(self) -> bool:
        return bool(self.expires <= clock.now())


class TokenQuerySet(OwnedQuerySet[Any]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A person's own tokens; a token belongs to the person and not to one workspace of theirs."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def alive(self) -> Self:
        """Those whose time is not over."""
        return self.filter(expires__gt=clock.now())


class AccessToken(AbstractAccessToken):
    """What a tool calls with, as a person. Kept: SHA-256, the first 8 characters, three times (S-093).

    Revoking deletes the row.
    """

    # Taken out of the library's model: the column for the raw token, and ways to what is never made.
    token = source_refresh_token = id_token = None
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey(Client, on_delete=models.CASCADE)
    prefix = models.CharField(max_length=tokens.PREFIX)
    created = models.DateTimeField(default=clock.now, editable=False)
    updated = None
    last_used_at = models.DateTimeField(null=True, blank=True)
    """To the minute."""

    objects: ClassVar = TokenQuerySet.as_manager()

    class Meta(AbstractAccessToken.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.prefix

    def is_expired(self) -> bool:
        return bool(self.expires <= clock.now())


class RefreshToken(AbstractRefreshToken):
    """Never made: a tool asks its person anew after 90 days (S-097)."""

    token = None

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(AbstractRefreshToken.Meta):
        abstract = False


class IDToken(AbstractIDToken):
    """Never made: nobody signs in elsewhere with SpecStep."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(AbstractIDToken.Meta):
        abstract = False


class DeviceGrant(AbstractDeviceGrant):
    """Never made: there is no flow for devices without a browser."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
